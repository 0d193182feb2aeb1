// Which closed files are to go. Pure. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "listing.hpp"

namespace tidegate::file_sink {

struct retention_limits {
  std::optional<std::uint64_t> max_files;           // closed ones
  std::optional<std::chrono::nanoseconds> max_age;  // since they were last written
  std::optional<std::uint64_t> max_total_size;      // with the one that is being written

  bool any() const { return max_files || max_age || max_total_size; }
};

// The files to delete, oldest first. `closed` is ordered as list_own_files() does; `live_size` is what
// the file that is being written has.
std::vector<own_file> plan_retention(const std::vector<own_file>& closed, std::uint64_t live_size,
                                     const retention_limits& limits, std::int64_t now);

}  // namespace tidegate::file_sink
