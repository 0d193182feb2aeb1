// Times as they stand in data: RFC 3339, epochs, and patterns of strptime. The other way is codec/time.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidegate::codec {

// Immutable; any thread.
class time_reader {
 public:
  // What a time without a zone of its own is in.
  enum class zone { utc, local };

  // "rfc3339", "epoch_s", "epoch_ms", "epoch_us", "epoch_ns" or a pattern with '%'.
  time_reader(std::string_view format, zone without_zone);

  // Why it is none of these, in words that follow the option's name; empty if it is one.
  static std::string problem_of(std::string_view format);

  // UTC nanoseconds, or nothing: the text is something else, or lies outside the years 1678 to 2261.
  std::optional<std::int64_t> read(std::string_view text) const noexcept;

 private:
  std::int64_t unit_ = 0;  // of an epoch, in nanoseconds
  std::string pattern_;    // empty: RFC 3339
  zone zone_;
};

// Nanoseconds since 1970 of a civil time in UTC; nothing for a date that does not exist. Second 60 is the
// next minute's first.
struct civil_time {
  int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  std::int64_t nanosecond = 0;
};
std::optional<std::int64_t> utc_of(const civil_time& when) noexcept;

}  // namespace tidegate::codec
