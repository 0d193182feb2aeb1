#include "pipeline/spool_backlog.hpp"

#include <utility>

namespace tidegate::pipeline {

bool spool_backlog::is_short_of(const config::batch_limits& wanted) const {
  const std::lock_guard lock{mutex_};
  return at_hand_.samples() < wanted.max_samples && at_hand_.bytes() < wanted.max_bytes;
}

void spool_backlog::fetch(const config::batch_limits& wanted) {
  spool::record found;
  while (is_short_of(wanted) && reader_.read(found)) {
    part next{std::move(found.batch), found.first, found.count, found.number + found.first,
              clock_.now_monotonic()};
    const std::lock_guard lock{mutex_};
    at_hand_.push_back(std::move(next));
  }
}

std::int64_t spool_backlog::ready_at(const config::batch_limits& wanted) const {
  {
    const std::lock_guard lock{mutex_};
    if (!at_hand_.empty()) return at_hand_.ready_at(wanted);
  }
  return reader_.has_more() ? 0 : INT64_MAX;
}

void spool_backlog::take(const config::batch_limits& wanted, std::vector<part>& parts) {
  const std::lock_guard lock{mutex_};
  at_hand_.take(wanted, parts);
}

bool spool_backlog::has_more() const {
  {
    const std::lock_guard lock{mutex_};
    if (!at_hand_.empty()) return true;
  }
  return reader_.has_more();
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
