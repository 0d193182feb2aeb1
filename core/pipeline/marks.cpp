#include "pipeline/marks.hpp"

#include <algorithm>
#include <utility>

namespace tidegate::pipeline {

// Letting go of a claim must not fail: there is room for every mark from the beginning.
static void make_room(std::vector<std::uint64_t>& in, std::size_t for_all) {
  if (in.capacity() < for_all) in.reserve(std::max(for_all, 2 * in.capacity()));
}

void marks::open() {
  const std::lock_guard lock{mutex_};
  ++start_;
  outstanding_ = 0;
  safe_.clear();
  is_open_ = true;
}

void marks::forget_incomplete() {
  std::vector<std::shared_ptr<mark_claim>> given_up;  // let go without the lock
  const std::lock_guard lock{mutex_};
  given_up.swap(incomplete_);
}

void marks::close() {
  forget_incomplete();
  const std::lock_guard lock{mutex_};
  is_open_ = false;
  room_.notify_all();
}

bool marks::is_open() const {
  const std::lock_guard lock{mutex_};
  return is_open_;
}

std::shared_ptr<mark_claim> marks::claim(std::uint64_t mark) {
  const std::lock_guard lock{mutex_};
  const auto known = std::find_if(incomplete_.begin(), incomplete_.end(),
                                  [&](const auto& each) { return each->mark_ == mark; });
  if (known != incomplete_.end()) return *known;
  if (!is_open_ || incomplete_.size() == incomplete_max) return nullptr;
  make_room(safe_, outstanding_ + 1);
  auto made = std::make_shared<mark_claim>(shared_from_this(), mark, start_);
  ++outstanding_;
  return made;
}

void marks::continues(const std::shared_ptr<mark_claim>& pushed) {
  const std::lock_guard lock{mutex_};
  if (std::find(incomplete_.begin(), incomplete_.end(), pushed) == incomplete_.end())
    incomplete_.push_back(pushed);
}

void marks::complete(const std::shared_ptr<mark_claim>& pushed) {
  pushed->is_complete_ = true;
  const std::lock_guard lock{mutex_};
  std::erase(incomplete_, pushed);
}

void marks::released(const mark_claim& last) noexcept {
  const std::lock_guard lock{mutex_};
  if (!is_open_ || last.start_ != start_) return;
  if (last.is_complete_ && !last.is_forfeited_) {
    safe_.push_back(last.mark_);
  } else {
    --outstanding_;
  }
  ready_();
}

bool marks::wait_for_room(const std::stop_token& giving_up) {
  std::unique_lock lock{mutex_};
  return room_.wait(lock, giving_up, [&] { return !is_open_ || safe_.size() < safe_max; });
}

bool marks::has_room() const {
  const std::lock_guard lock{mutex_};
  return safe_.size() < safe_max;
}

void marks::take(std::vector<std::uint64_t>& into) {
  into.clear();
  const std::lock_guard lock{mutex_};
  outstanding_ -= safe_.size();
  make_room(into, outstanding_);
  into.swap(safe_);
  room_.notify_all();
}

std::size_t marks::outstanding() const {
  const std::lock_guard lock{mutex_};
  return outstanding_;
}

}  // namespace tidegate::pipeline
