// How much may pass at a rate: a second's worth at once, and no more than the rate in the long run.
//
// What is larger than a second's worth passes when the bucket is full, and is paid off afterwards. Times are
// monotonic nanoseconds. One thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>

namespace tidegate::messages {

class token_bucket {
 public:
  // `rate` a second; 0 is without limit.
  explicit token_bucket(std::uint64_t rate) noexcept
      : each_{rate == 0 ? 0 : second / static_cast<double>(rate)} {}

  // When `count` may pass: `now` or later.
  std::int64_t ready_at(std::uint64_t count, std::int64_t now) const noexcept {
    if (each_ == 0) return now;
    const auto cost = std::min(each_ * static_cast<double>(count), second);
    return std::max(now, static_cast<std::int64_t>(empty_at(now) + cost + rounding));
  }
  void take(std::uint64_t count, std::int64_t now) noexcept {
    empty_ = empty_at(now) + each_ * static_cast<double>(count);
  }

 private:
  static constexpr double second = 1e9;
  static constexpr double rounding = 0.5;

  // When the bucket was, or would have been, empty.
  double empty_at(std::int64_t now) const noexcept {
    return std::max(empty_, static_cast<double>(now) - second);
  }

  double each_;
  double empty_ = -1e18;
};

}  // namespace tidegate::messages
