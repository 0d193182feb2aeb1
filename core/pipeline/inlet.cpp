#include "pipeline/inlet.hpp"

#include <algorithm>
#include <utility>

namespace tidegate::pipeline {

// One push, from its beginning to its end.
class fan_out::passage {
 public:
  passage(const fan_out& through, const std::stop_token& giving_up) : through_{through} {
    std::unique_lock lock{through_.mutex_};
    const auto is_open = [&] { return !through_.is_closed_; };
    if (!is_open() && !through_.changed_.wait(lock, giving_up, is_open)) return;
    to_ = through_.to_;
    ++through_.inside_;
  }
  ~passage() {
    if (to_ == nullptr) return;
    const std::lock_guard lock{through_.mutex_};
    if (--through_.inside_ == 0 && through_.is_closed_) through_.changed_.notify_all();
  }
  passage(const passage&) = delete;
  passage& operator=(const passage&) = delete;

  const inlets* to() const noexcept { return to_.get(); }  // null if it was given up

 private:
  const fan_out& through_;
  std::shared_ptr<const inlets> to_;
};

void fan_out::lead_to(inlets to) {
  auto made = std::make_shared<const inlets>(std::move(to));  // the old one is let go without the lock
  const std::lock_guard lock{mutex_};
  to_.swap(made);
}

void fan_out::add(inlet& to) {
  auto more = *to_;
  more.push_back(borrowed(to));
  lead_to(std::move(more));
}

bool fan_out::push(const batch_ref& batch, const receipt& claim, const std::stop_token& giving_up) const {
  const passage way{*this, giving_up};
  if (way.to() == nullptr) return false;
  bool all = true;
  for (const auto& each : *way.to()) all = each->push(batch, claim, giving_up) && all;
  return all;
}

void fan_out::expect_claims() const {
  for (const auto& each : *now()) each->expect_claims();
}

std::shared_ptr<const inlets> fan_out::now() const {
  const std::lock_guard lock{mutex_};
  return to_;
}

std::uint64_t fan_out::credit() const {
  std::uint64_t least = UINT64_MAX;
  for (const auto& each : *now()) least = std::min(least, each->credit());
  return least;
}

void fan_out::close() {
  const std::lock_guard lock{mutex_};
  is_closed_ = true;
}

void fan_out::open() {
  const std::lock_guard lock{mutex_};
  is_closed_ = false;
  changed_.notify_all();
}

bool fan_out::wait_until_idle(std::chrono::nanoseconds at_most) const {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, at_most, [this] { return inside_ == 0; });
}

}  // namespace tidegate::pipeline
