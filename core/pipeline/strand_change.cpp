#include "pipeline/strand_change.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tidegate::pipeline {

void strand_change::request(std::function<void()> what) {
  const std::lock_guard lock{mutex_};
  what_ = std::move(what);
  is_requested_ = true;
}

bool strand_change::wait_until(std::int64_t deadline, const observe::clock& clock) {
  std::unique_lock lock{mutex_};
  const auto is_over = [this] { return !is_requested_ && !is_under_way_; };
  const auto left = std::max<std::int64_t>(0, deadline - clock.now_monotonic());
  if (changed_.wait_for(lock, std::chrono::nanoseconds{left}, is_over)) return true;
  if (is_under_way_) {
    changed_.wait(lock, is_over);
    return true;
  }
  is_requested_ = false;
  what_ = {};
  return false;
}

bool strand_change::make() {
  std::function<void()> what;
  {
    const std::lock_guard lock{mutex_};
    if (!is_requested_) return false;
    is_requested_ = false;
    is_under_way_ = true;
    what.swap(what_);
  }
  what();
  what = {};  // what it held is gone before anybody goes on
  const std::lock_guard lock{mutex_};
  is_under_way_ = false;
  changed_.notify_all();
  return true;
}

}  // namespace tidegate::pipeline
