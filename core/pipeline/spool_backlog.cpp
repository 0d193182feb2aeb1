#include "pipeline/spool_backlog.hpp"

#include <utility>

namespace tidegate::pipeline {

bool spool_backlog::is_short_of(const config::batch_limits& wanted, lane in) const {
  const std::lock_guard lock{mutex_};
  const auto& parts = at_hand_.of(in);
  return parts.samples() < wanted.max_samples && parts.bytes() < wanted.max_bytes;
}

void spool_backlog::fetch(const config::batch_limits& wanted, lane from) {
  if (is_closed(from)) split_if_possible();
  if (is_closed(from)) return;
  spool::record found;
  while (is_short_of(wanted, from) && reader_.read(found, from)) {
    part next{std::move(found.batch), found.first, found.count, found.number + found.first,
              clock_.now_monotonic()};
    const std::lock_guard lock{mutex_};
    at_hand_.of(from).push_back(std::move(next));
  }
}

std::int64_t spool_backlog::ready_at(const config::batch_limits& wanted, lane from) const {
  {
    const std::lock_guard lock{mutex_};
    if (!at_hand_.of(from).empty()) return at_hand_.of(from).ready_at(wanted);
  }
  return !is_closed(from) && reader_.has_more(from) ? 0 : INT64_MAX;
}

void spool_backlog::take(const config::batch_limits& wanted, std::vector<part>& parts, lane from) {
  const std::lock_guard lock{mutex_};
  at_hand_.of(from).take(wanted, parts);
}

bool spool_backlog::has_more(lane from) const {
  {
    const std::lock_guard lock{mutex_};
    if (!at_hand_.of(from).empty()) return true;
  }
  return reader_.has_more(from);
}

void spool_backlog::split() {
  splits_later_ = true;
  split_if_possible();
}

// What came back to the live lane is offered there until it is settled, so that all that the main lane is
// given lies behind what it has.
void spool_backlog::split_if_possible() {
  {
    const std::lock_guard lock{mutex_};
    if (!at_hand_.of(lane::live).empty()) return;
  }
  if (!reader_.split()) return;
  const auto live_from = reader_.live_from();
  const std::lock_guard lock{mutex_};
  at_hand_.split(live_from);
  splits_later_ = false;
}

bool spool_backlog::join() {
  if (has_more(lane::main) || !reader_.join()) return false;
  {
    const std::lock_guard lock{mutex_};
    at_hand_.join();
  }
  if (!splits_later_) return true;
  // Nothing keeps it from beginning anew now: what the live lane gave is behind the main lane.
  split_if_possible();
  return join();
}

void spool_backlog::put_back(std::vector<part>& parts) {
  const std::lock_guard lock{mutex_};
  at_hand_.put_back(parts);
}

// Calls `settle` once for each run of numbers without a hole.
template <class Settle>
static void for_each_run(const std::vector<part>& parts, Settle settle) {
  for (auto begin = parts.begin(); begin != parts.end();) {
    auto end = begin->order + begin->count;
    auto next = begin + 1;
    for (; next != parts.end() && next->order == end; ++next) end += next->count;
    settle(begin->order, end - begin->order);
    begin = next;
  }
}

void spool_backlog::deliver(std::vector<part>& parts) {
  for_each_run(parts, [this](std::uint64_t first, std::uint64_t count) { reader_.deliver(first, count); });
  parts.clear();
}

void spool_backlog::discard(std::vector<part>& parts, discard_reason why) {
  for_each_run(parts,
               [this, why](std::uint64_t first, std::uint64_t count) { reader_.discard(first, count, why); });
  parts.clear();
}

}  // namespace tidegate::pipeline
