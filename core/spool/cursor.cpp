#include "spool/cursor.hpp"

#include <algorithm>

namespace tidegate::spool {

cursor::cursor(const reader_entry& from)
    : start_{from.start},
      floor_{from.floor},
      settled_{from.settled},
      delivered_{from.delivered},
      discarded_{from.discarded} {}

void cursor::store(reader_entry& into) const {
  into.start = start_;
  into.floor = floor_;
  into.settled = settled_;
  into.delivered = delivered_;
  into.discarded = discarded_;
}

std::uint64_t cursor::deliver(std::uint64_t first, std::uint64_t end) {
  const auto settled = settle(first, end);
  delivered_ += settled;
  return settled;
}

std::uint64_t cursor::discard(std::uint64_t first, std::uint64_t end, discard_reason why) {
  const auto settled = settle(first, end);
  discarded_[static_cast<std::size_t>(why)] += settled;
  return settled;
}

void cursor::pass(std::uint64_t samples, discard_reason why) {
  start_ -= samples;
  discarded_[static_cast<std::size_t>(why)] += samples;
}

void cursor::leave_out(std::uint64_t first, std::uint64_t end) { start_ += settle(first, end); }

std::uint64_t cursor::settle(std::uint64_t first, std::uint64_t end) {
  first = std::max(first, floor_);
  if (first >= end) return 0;
  // The ranges that touch the new one become one with it.
  auto from = std::lower_bound(settled_.begin(), settled_.end(), first,
                               [](const number_range& range, std::uint64_t at) { return range.end < at; });
  auto to = from;
  number_range joined{first, end};
  std::uint64_t known = 0;
  for (; to != settled_.end() && to->first <= end; ++to) {
    const auto overlap_first = std::max(to->first, first);
    const auto overlap_end = std::min(to->end, end);
    if (overlap_first < overlap_end) known += overlap_end - overlap_first;
    joined = {std::min(joined.first, to->first), std::max(joined.end, to->end)};
  }
  if (from == to) {
    settled_.insert(from, joined);
  } else {
    *from = joined;
    settled_.erase(from + 1, to);
  }
  raise_floor();
  return end - first - known;
}

// After something was settled above the floor.
void cursor::raise_floor() {
  if (settled_.front().first > floor_) return;
  floor_ = settled_.front().end;
  settled_.erase(settled_.begin());
}

number_range cursor::least_missed(std::uint64_t from) const noexcept {
  std::size_t least = 0;
  const auto hole = [&](std::size_t index) { return settled_[index].end - settled_[index - 1].first; };
  for (std::size_t index = 1; index < settled_.size(); ++index)
    if (settled_[index - 1].end >= from && (least == 0 || hole(index) < hole(least))) least = index;
  if (least == 0) return {};
  return {settled_[least - 1].end, settled_[least].first};
}

std::uint64_t cursor::unsettled_from(std::uint64_t from) const noexcept {
  from = std::max(from, floor_);
  for (const auto& range : settled_) {
    if (range.first > from) break;
    from = std::max(from, range.end);
  }
  return from;
}

std::uint64_t cursor::unsettled_until(std::uint64_t number, std::uint64_t end) const noexcept {
  for (const auto& range : settled_)
    if (range.first > number) return std::min(end, range.first);
  return end;
}

ledger cursor::ledger(std::uint64_t next) const noexcept {
  tidegate::ledger made;
  made.accepted = next - start_;
  made.delivered = delivered_;
  made.discarded_by = discarded_;
  // Counted from the numbers themselves, so that balanced() proves something.
  made.waiting = next - std::min(next, floor_);
  for (const auto& range : settled_) made.waiting -= std::min(next, range.end) - std::min(next, range.first);
  return made;
}

}  // namespace tidegate::spool
