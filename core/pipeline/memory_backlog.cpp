#include "pipeline/memory_backlog.hpp"

namespace tidegate::pipeline {

void memory_backlog::set_limits(const config::buffer& limits) {
  {
    const std::lock_guard lock{mutex_};
    queue_.set_limits(limits);
  }
  room_.notify_all();
}

void memory_backlog::close() {
  {
    const std::lock_guard lock{mutex_};
    is_closed_ = true;
  }
  room_.notify_all();
}

bool memory_backlog::push(const batch_ref& batch, const receipt& claim, const std::stop_token& giving_up) {
  std::vector<receipt> released;  // let go without the lock
  {
    std::unique_lock lock{mutex_};
    const auto room = [&] {
      return is_closed_ || (!queue_.blocks() && claim == nullptr) || queue_.has_room(batch);
    };
    if (!room() && !room_.wait(lock, giving_up, room)) return false;
    if (is_closed_) return true;
    queue_.push(batch, claim, clock_.now_monotonic());
    released = queue_.take_released();
  }
  if (more_) more_();
  return true;
}

std::uint64_t memory_backlog::credit() const {
  const std::lock_guard lock{mutex_};
  return queue_.room();
}

std::int64_t memory_backlog::ready_at(const config::batch_limits& wanted, lane from) const {
  const std::lock_guard lock{mutex_};
  return queue_.ready_at(wanted, from);
}

bool memory_backlog::has_more(lane from) const {
  const std::lock_guard lock{mutex_};
  return !queue_.nothing_to_take(from);
}

void memory_backlog::split() {
  const std::lock_guard lock{mutex_};
  queue_.split();
}

bool memory_backlog::join() {
  const std::lock_guard lock{mutex_};
  return queue_.join();
}

// What may end samples: whoever waits for room is told, and so are sources.
template <class Change>
void memory_backlog::change(Change what) {
  std::vector<receipt> released;  // let go without the lock
  {
    const std::lock_guard lock{mutex_};
    const auto waiting = queue_.ledger().waiting;
    what();
    if (queue_.ledger().waiting == waiting) return;
    released = queue_.take_released();
  }
  room_.notify_all();
}

void memory_backlog::take(const config::batch_limits& wanted, std::vector<part>& parts, lane from) {
  change([&] { queue_.take(wanted, clock_.now_monotonic(), parts, from); });
}

void memory_backlog::take_one(std::vector<part>& parts) {
  change([&] { queue_.take_one(clock_.now_monotonic(), parts); });
}

void memory_backlog::put_back(std::vector<part>& parts) {
  change([&] { queue_.put_back(parts); });
}

void memory_backlog::deliver(std::vector<part>& parts) {
  change([&] { queue_.deliver(parts); });
}

void memory_backlog::discard(std::vector<part>& parts, discard_reason why) {
  change([&] { queue_.discard(parts, why); });
}

ledger memory_backlog::ledger() const {
  const std::lock_guard lock{mutex_};
  return queue_.ledger();
}

}  // namespace tidegate::pipeline
