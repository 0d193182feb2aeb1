// Points in time as text: RFC 3339, epoch numbers, or a pattern as strftime and date have it.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::codec {

enum class zone { utc, local };

// Formats times. Only the fraction is written anew while the second stays the same; a new second costs
// some tens of nanoseconds. The local zone is asked for its offset once a minute of the samples' time, so
// that the change of the clocks is seen when it happens. One thread at a time.
class time_format {
 public:
  // A pattern of literal text and conversions: the numeric and named ones of strftime, and %3N %6N %9N %f
  // for fractions and %:z for +09:00. What is wrong with a pattern, in words; empty if nothing is.
  static std::string problem_of(std::string_view pattern);
  // The pattern must have no problem.
  static time_format by_pattern(std::string_view pattern, zone in);
  // RFC 3339 with this many digits behind the second (0, 3, 6 or 9), as a pattern.
  static std::string rfc3339_pattern(int digits, zone in);
  // Whole units since 1970, rounded down; `unit` in nanoseconds.
  static time_format by_epoch(std::int64_t unit);

  // The text, valid until the next call. Any time that the argument can hold is fine.
  std::string_view at(std::int64_t nanoseconds) {
    if (unit_ != 0) return epoch(nanoseconds);
    // Without a sign, since the difference may be larger than a signed one can be.
    if (static_cast<std::uint64_t>(nanoseconds) - static_cast<std::uint64_t>(known_from_) >= known_for_)
      begin_second(nanoseconds);
    const auto since = static_cast<std::uint64_t>(nanoseconds) - static_cast<std::uint64_t>(known_from_);
    const auto rest = static_cast<std::uint32_t>(since) + fraction_at_begin_;
    for (const auto& part : fractions_) write_fraction(part, rest);
    return text_;
  }
  // Whether the texts are whole numbers, and which.
  bool is_number() const noexcept { return unit_ != 0; }
  std::int64_t number_at(std::int64_t nanoseconds) const noexcept;

 private:
  // A conversion, or a literal (0). 'N' is a fraction, ':' the zone with a colon; what has no letter of
  // its own here is left to strftime.
  struct token {
    char conversion = 0;
    std::string text;  // the literal, or the conversion as written
    int digits = 0;
  };
  struct fraction {
    std::size_t offset;
    int digits;
  };
  class pattern_reader;

  std::string_view epoch(std::int64_t nanoseconds);
  void begin_second(std::int64_t nanoseconds);
  void render(const token& part, const std::tm& when);
  std::tm broken_down(std::int64_t seconds);
  void write_fraction(const fraction& part, std::uint32_t nanoseconds) noexcept;

  std::int64_t unit_ = 0;
  std::vector<token> tokens_;
  zone zone_ = zone::utc;

  // The times that the text holds for: one second, but for the very first and the very last one, of which
  // a part lies beyond all times.
  std::int64_t known_from_ = 0;
  std::uint64_t known_for_ = 0;
  std::uint32_t fraction_at_begin_ = 0;
  std::string text_;
  std::vector<fraction> fractions_;

  std::int64_t minute_ = INT64_MIN;  // for which the offset holds
  std::tm offset_{};
};

}  // namespace tidegate::codec
