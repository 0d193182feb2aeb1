// When a file has been written long enough. Pure: clock and file are handed in. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "calendar.hpp"

namespace tidegate::file_sink {

struct rotation_limits {
  std::optional<std::uint64_t> max_size;
  std::optional<std::chrono::nanoseconds> max_age;
  std::optional<int> at;  // second of the day
  zone in = zone::utc;    // of `at`
};

struct file_progress {
  std::uint64_t size = 0;      // as it lies on disk
  std::uint64_t incoming = 0;  // what is to be appended now
  std::int64_t begun = 0;      // when its first byte was written (UTC, nanoseconds)
};

enum class rotation_reason { none, size, age, time_of_day };

// Whether the file is to be closed and renamed before anything is appended. An empty file never is.
rotation_reason rotation_due(const rotation_limits& limits, const file_progress& file, std::int64_t now);

}  // namespace tidegate::file_sink
