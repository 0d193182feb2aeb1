// When a unit that did not answer is asked again: arithmetic only, the time is handed in.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace tidegate::modbus {

struct back_off {
  std::chrono::nanoseconds min;
  std::chrono::nanoseconds max;
};

// The first time at the next poll, since noise is over by then; after that later and later.
class absence {
 public:
  explicit absence(back_off delays) noexcept : delays_{delays} {}

  bool is_away() const noexcept { return is_away_; }
  bool is_due(std::int64_t now) const noexcept { return now >= due_at_; }
  std::int64_t due_at() const noexcept { return due_at_; }
  std::chrono::nanoseconds lasted(std::int64_t now) const noexcept {
    return std::chrono::nanoseconds{now - since_};
  }

  void failed(std::int64_t now) noexcept {
    if (!is_away_) {
      since_ = now;
      delay_ = std::chrono::nanoseconds{0};
    } else {
      delay_ = std::min(std::max(delay_ * 2, delays_.min), delays_.max);
    }
    is_away_ = true;
    due_at_ = now + delay_.count();
  }
  void answered() noexcept { is_away_ = false; }
  // There is reason to believe that it is back.
  void hurry(std::int64_t now) noexcept { due_at_ = std::min(due_at_, now); }

 private:
  back_off delays_;
  bool is_away_ = false;
  std::chrono::nanoseconds delay_{0};
  std::int64_t since_ = 0;
  std::int64_t due_at_ = 0;
};

}  // namespace tidegate::modbus
