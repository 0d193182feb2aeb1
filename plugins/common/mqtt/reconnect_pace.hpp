// When to connect again.
//
//   passing     drawn evenly between 0 and a bound that doubles from min to max (full jitter)
//   slow_down   drawn from the upper half of max, for a broker that says that it is loaded
//   refused     the same: only a human can help, and must find the log readable
//   takeover    as passing, twice; the third in a row, and all later ones, as refused
//
// The bound falls back to min only after a connection was up for as long as `stable_after`: one that
// breaks as soon as it is made is no success. Times are monotonic nanoseconds. One thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

#include "mqtt/reason_codes.hpp"

namespace tidegate::mqtt {

struct pace_limits {
  std::int64_t min = 1'000'000'000;
  std::int64_t max = 120'000'000'000;
  std::int64_t stable_after = 20'000'000'000;
  // Between the beginnings of two tries: AWS IoT Core allows a client id one a second.
  std::int64_t try_interval = 0;
};

class reconnect_pace {
 public:
  // How many takeovers in a row are taken for chance.
  static constexpr int takeovers_max = 2;

  reconnect_pace(const pace_limits& limits, std::uint64_t seed)
      : limits_{limits}, bound_{limits.min}, random_{static_cast<std::minstd_rand::result_type>(seed)} {}

  void tries(std::int64_t now) noexcept { tried_at_ = now; }
  void is_up(std::int64_t now) noexcept { up_since_ = now; }
  // The connection, or the try, has ended. When the next one is due.
  std::int64_t ended(trouble why, std::int64_t now) {
    if (was_stable(now)) {
      bound_ = limits_.min;
      takeovers_ = 0;
    }
    up_since_ = never;
    if (why == trouble::takeover) ++takeovers_;
    return std::max(now + delay(why), tried_at_ == never ? now : tried_at_ + limits_.try_interval);
  }
  bool was_stable(std::int64_t now) const noexcept {
    return up_since_ != never && now - up_since_ >= limits_.stable_after;
  }
  // Whether the client id is plainly in use elsewhere.
  bool is_contested() const noexcept { return takeovers_ > takeovers_max; }
  int takeovers() const noexcept { return takeovers_; }
  std::int64_t bound() const noexcept { return bound_; }

 private:
  static constexpr std::int64_t never = INT64_MIN;

  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>{low, high}(random_);
  }
  std::int64_t delay(trouble why) {
    const bool is_passing = why == trouble::passing || (why == trouble::takeover && !is_contested());
    if (!is_passing) return between(limits_.max / 2, limits_.max);
    const auto drawn = between(0, bound_);
    bound_ = bound_ > limits_.max / 2 ? limits_.max : bound_ * 2;
    return drawn;
  }

  pace_limits limits_;
  std::int64_t bound_;
  std::int64_t tried_at_ = never;
  std::int64_t up_since_ = never;
  int takeovers_ = 0;
  std::minstd_rand random_;
};

}  // namespace tidegate::mqtt
