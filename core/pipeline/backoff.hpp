// How long to wait before the next try: doubling from min to max, each delay drawn evenly between zero and
// the current bound (full jitter), so that a fleet does not come back all at once.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

#include "config/gateway.hpp"

namespace tidegate::pipeline {

// One thread at a time. The seed makes a run repeatable.
class backoff {
 public:
  backoff(const config::retry_limits& limits, std::uint64_t seed)
      : min_{std::max<std::int64_t>(1, limits.min.count())},
        max_{std::max<std::int64_t>(min_, limits.max.count())},
        bound_{min_},
        random_{static_cast<std::minstd_rand::result_type>(seed)} {}

  // The next delay, in nanoseconds.
  std::int64_t next() {
    const auto delay = std::uniform_int_distribution<std::int64_t>{0, bound_}(random_);
    bound_ = bound_ > max_ / 2 ? max_ : bound_ * 2;
    return delay;
  }
  void reset() noexcept { bound_ = min_; }
  std::int64_t bound() const noexcept { return bound_; }

 private:
  std::int64_t min_;
  std::int64_t max_;
  std::int64_t bound_;
  std::minstd_rand random_;  // a few bytes; jitter needs no better
};

}  // namespace tidegate::pipeline
