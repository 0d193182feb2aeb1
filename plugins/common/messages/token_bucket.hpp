// How much may pass at a rate, in one of two ways.
//
//   on_average     a second's worth at once, and no more than the rate in the long run: for a peer that makes
//   us
//                  wait for the rest
//   in_any_second  never more than the rate in any second, whenever that begins: for a peer that throws the
//                  rest away. A twentieth goes at once, and more follows at nine tenths of the rate; what is
//                  left is for a network that delays some and brings it together with what came later.
//
// What is larger than a bucket passes when that is full, and is paid off afterwards. Times are monotonic
// nanoseconds. One thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>

namespace tidegate::messages {

class token_bucket {
 public:
  // `rate` a second; 0 is without limit.
  static token_bucket on_average(std::uint64_t rate) noexcept {
    return {static_cast<double>(rate), static_cast<double>(rate)};
  }
  static token_bucket in_any_second(std::uint64_t rate) noexcept {
    return {0.9 * static_cast<double>(rate), std::max(1.0, static_cast<double>(rate) / 20)};
  }

  // When `count` may pass: `now` or later.
  std::int64_t ready_at(std::uint64_t count, std::int64_t now) const noexcept {
    if (each_ == 0) return now;
    const auto cost = std::min(each_ * static_cast<double>(count), depth_);
    return std::max(now, static_cast<std::int64_t>(empty_at(now) + cost + rounding));
  }
  void take(std::uint64_t count, std::int64_t now) noexcept {
    empty_ = empty_at(now) + each_ * static_cast<double>(count);
  }

 private:
  static constexpr double second = 1e9;
  static constexpr double rounding = 0.5;

  token_bucket(double rate, double at_once) noexcept
      : each_{rate == 0 ? 0 : second / rate}, depth_{each_ * at_once} {}

  // When the bucket was, or would have been, empty.
  double empty_at(std::int64_t now) const noexcept {
    return std::max(empty_, static_cast<double>(now) - depth_);
  }

  double each_;
  double depth_;
  double empty_ = -1e18;
};

}  // namespace tidegate::messages
