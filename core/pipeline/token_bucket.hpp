// How much may pass now at a rate: a second's worth at once, and no more than the rate in the long run.
#pragma once

#include <algorithm>
#include <cstdint>

namespace tidegate::pipeline {

// One thread at a time. Times are monotonic nanoseconds.
class token_bucket {
 public:
  // `rate` a second, at least 1.
  explicit token_bucket(std::uint32_t rate) : capacity_{rate}, each_{second / rate} {}

  std::uint32_t capacity() const noexcept { return capacity_; }
  std::uint32_t available(std::int64_t now) const noexcept {
    const auto passed = static_cast<double>(now) - empty_at(now);
    const auto most = static_cast<double>(capacity_);
    return static_cast<std::uint32_t>(std::clamp(passed / each_ + rounding, 0.0, most));
  }
  // When so many are there, at most the capacity.
  std::int64_t ready_at(std::uint32_t wanted, std::int64_t now) const noexcept {
    return static_cast<std::int64_t>(empty_at(now) + each_ * wanted);
  }
  void take(std::uint32_t count, std::int64_t now) noexcept { empty_ = empty_at(now) + each_ * count; }

 private:
  static constexpr double second = 1e9;
  static constexpr double rounding = 1e-6;

  // When the bucket was, or would have been, empty.
  double empty_at(std::int64_t now) const noexcept {
    return std::max(empty_, static_cast<double>(now) - second);
  }

  std::uint32_t capacity_;
  double each_;
  double empty_ = -second;
};

}  // namespace tidegate::pipeline
