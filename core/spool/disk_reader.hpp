// Reads one reader's records from segments, in order.
#pragma once

#include <cstdint>
#include <optional>

#include "spool/log.hpp"
#include "spool/scanner.hpp"
#include "spool/spool.hpp"

namespace tidegate::spool {

// One thread at a time, which may be another than the log's.
class disk_reader {
 public:
  enum class outcome { found, nothing, error };
  // The first record that has numbers from place.number on. `nothing`: the segment has none any more.
  outcome read(const log::disk_place& place);

  const record& found() const noexcept { return record_; }
  std::int64_t service_time() const noexcept { return service_time_; }
  std::error_code error() const noexcept { return error_; }
  // After an error that does not pass: read() goes on behind it.
  void skip_unreadable() noexcept;
  // Lets go of the memory that reading a backlog takes.
  void rest();

 private:
  bool is_behind(const log::disk_place& place) const noexcept;
  bool is_wanted(const log::disk_place& place) const noexcept;
  bool take();

  std::optional<scanner> scanner_;
  std::shared_ptr<file> file_;
  std::uint64_t generation_ = 0;
  std::uint64_t passed_ = 0;  // numbers below were given or passed over in this segment
  record record_;             // the last that was found
  std::int64_t service_time_ = 0;
  std::error_code error_;
};

}  // namespace tidegate::spool
