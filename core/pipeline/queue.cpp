#include "pipeline/queue.hpp"

#include <algorithm>
#include <cassert>

#include "batch/thinning.hpp"

namespace tidegate::pipeline {

bool queue::over_limits(std::uint64_t more_bytes, std::uint64_t more_samples) const noexcept {
  if (bytes_ + more_bytes > limits_.max_bytes) return true;
  return limits_.max_samples && ledger_.waiting + more_samples > *limits_.max_samples;
}

bool queue::has_room(const batch_ref& batch) const noexcept {
  if (ledger_.waiting == 0) return true;
  return !over_limits(batch.view().bytes(), batch.view().size());
}

std::uint64_t queue::room() const noexcept {
  if (ledger_.waiting == 0) return limits_.max_bytes;
  if (over_limits(0, 1)) return 0;
  const auto left = limits_.max_bytes - bytes_;
  if (!limits_.max_samples) return left;
  return std::min(left, (*limits_.max_samples - ledger_.waiting) * (bytes_ / ledger_.waiting));
}

void queue::push(batch_ref batch, const receipt& claim, std::int64_t now) {
  const auto view = batch.view();
  const std::uint64_t samples = view.size();
  if (samples == 0) return;
  ledger_.accepted += samples;
  discard_old(now);
  const bool is_left_out = !claim && is_thinned_out();
  if (!claim && !is_left_out) make_room(view.bytes(), samples);
  if (is_left_out || (!claim && !blocks() && over_limits(view.bytes(), samples))) {
    ledger_.discarded(discard_reason::full) += samples;
    return;
  }
  ledger_.waiting += samples;
  bytes_ += view.bytes();
  part last{std::move(batch), 0, static_cast<std::uint32_t>(samples), next_order_, now};
  last.claim = claim;
  pending_.push_back(std::move(last));
  next_order_ += samples;
  assert(ledger_.balanced());
}

// By the limit that is nearer.
bool queue::is_thinned_out() {
  if (limits_.when_full != config::when_full::thin_out) return false;
  const auto share = [](std::uint64_t used, std::uint64_t limit) {
    return static_cast<double>(used) / static_cast<double>(limit);
  };
  if (limits_.max_samples && share(ledger_.waiting, *limits_.max_samples) > share(bytes_, limits_.max_bytes))
    return !is_admitted(ledger_.waiting, *limits_.max_samples, offered_);
  return !is_admitted(bytes_, limits_.max_bytes, offered_);
}

// As far as the policy allows, and without what has a claim.
void queue::make_room(std::uint64_t bytes, std::uint64_t samples) {
  if (blocks() || limits_.when_full == config::when_full::drop_newest) return;
  while (over_limits(bytes, samples)) {
    auto oldest = pending_.pop_unclaimed();
    if (!oldest) return;
    discard(std::move(*oldest), discard_reason::full);
  }
}

void queue::discard_old(std::int64_t now) {
  if (!limits_.max_age) return;
  while (!pending_.empty() && now - pending_.front().arrived > limits_.max_age->count())
    discard(pending_.pop_front(), discard_reason::age);
}

void queue::discard(part gone, discard_reason why) {
  ledger_.discarded(why) += gone.count;
  forget(gone);
}

void queue::forget(part& gone) {
  if (gone.claim) released_.push_back(std::move(gone.claim));
  ledger_.waiting -= gone.count;
  // Parts of one batch are rounded down each for itself: when the last is gone, nothing may be left over.
  bytes_ = ledger_.waiting == 0 ? 0 : bytes_ - std::min(bytes_, gone.bytes());
}

void queue::take(const config::batch_limits& wanted, std::int64_t now, std::vector<part>& parts, lane from) {
  discard_old(now);
  pending_.of(from).take(wanted, parts);
}

void queue::take_one(std::int64_t now, std::vector<part>& parts) {
  discard_old(now);
  if (!pending_.empty()) parts.push_back(pending_.pop_front());
}

bool queue::join() {
  if (!pending_.of(lane::main).empty()) return false;
  pending_.join();
  return true;
}

void queue::deliver(std::vector<part>& parts) { settle(parts, ledger_.delivered); }

void queue::discard(std::vector<part>& parts, discard_reason why) { settle(parts, ledger_.discarded(why)); }

void queue::settle(std::vector<part>& parts, std::uint64_t& counted) {
  for (auto& gone : parts) {
    counted += gone.count;
    forget(gone);
  }
  parts.clear();
  assert(ledger_.balanced());
}

}  // namespace tidegate::pipeline
