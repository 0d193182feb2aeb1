// For a line of the log that may be due thousands of times a second: one a second is written.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

namespace tidegate::pipeline {

// Any thread. Times are monotonic.
class paced_line {
 public:
  static constexpr std::int64_t distance = 1'000'000'000;

  // Nothing if the line is to be left out; else how many were since the last that was written.
  std::optional<std::uint64_t> is_due(std::int64_t now) {
    const std::lock_guard lock{mutex_};
    if (last_ && now - *last_ < distance) {
      ++left_out_;
      return std::nullopt;
    }
    last_ = now;
    const auto before = left_out_;
    left_out_ = 0;
    return before;
  }

 private:
  std::mutex mutex_;
  std::optional<std::int64_t> last_;
  std::uint64_t left_out_ = 0;
};

}  // namespace tidegate::pipeline
