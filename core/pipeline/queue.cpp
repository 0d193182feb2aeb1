#include "pipeline/queue.hpp"

#include <algorithm>
#include <cassert>

namespace tidegate::pipeline {

std::uint64_t part::bytes() const noexcept {
  const auto all = batch.view();
  if (count == all.size()) return all.bytes();
  return std::uint64_t{all.bytes()} * count / all.size();
}

bool queue::over_limits(std::uint64_t more_bytes, std::uint64_t more_samples) const noexcept {
  if (bytes_ + more_bytes > limits_.max_bytes) return true;
  return limits_.max_samples && ledger_.waiting + more_samples > *limits_.max_samples;
}

bool queue::has_room(const batch_ref& batch) const noexcept {
  if (ledger_.waiting == 0) return true;
  return !over_limits(batch.view().bytes(), batch.view().size());
}

void queue::push(batch_ref batch, std::int64_t now) {
  const auto view = batch.view();
  const std::uint64_t samples = view.size();
  if (samples == 0) return;
  ledger_.accepted += samples;
  discard_old(now);
  if (limits_.when_full == config::when_full::drop_oldest)
    while (over_limits(view.bytes(), samples) && !pending_.empty()) discard_front(ledger_.discarded_full);
  if (!blocks() && over_limits(view.bytes(), samples)) {
    ledger_.discarded_full += samples;
    return;
  }
  ledger_.waiting += samples;
  bytes_ += view.bytes();
  pending_bytes_ += view.bytes();
  pending_samples_ += samples;
  pending_.push_back({std::move(batch), 0, static_cast<std::uint32_t>(samples), next_order_, now, 0});
  next_order_ += samples;
  assert(ledger_.balanced());
}

void queue::discard_old(std::int64_t now) {
  if (!limits_.max_age) return;
  while (!pending_.empty() && now - pending_.front().arrived > limits_.max_age->count())
    discard_front(ledger_.discarded_age);
}

void queue::discard_front(std::uint64_t& reason) {
  const auto& front = pending_.front();
  reason += front.count;
  pending_bytes_ -= front.bytes();
  pending_samples_ -= front.count;
  forget(front);
  pending_.pop_front();
}

void queue::forget(const part& gone) noexcept {
  ledger_.waiting -= gone.count;
  // Parts of one batch are rounded down each for itself: when the last is gone, nothing may be left over.
  bytes_ = ledger_.waiting == 0 ? 0 : bytes_ - std::min(bytes_, gone.bytes());
}

std::int64_t queue::ready_at(const config::batch_limits& wanted) const noexcept {
  if (pending_.empty()) return INT64_MAX;
  if (pending_samples_ >= wanted.max_samples || pending_bytes_ >= wanted.max_bytes) return 0;
  return pending_.front().arrived + wanted.max_wait.count();
}

// How many samples of the part fit `bytes`; at least one where `must` says so.
static std::uint32_t fitting(const part& from, std::uint64_t bytes, bool must) {
  if (from.bytes() <= bytes) return from.count;
  const auto each = std::max<std::uint64_t>(1, from.bytes() / from.count);
  const auto fit = static_cast<std::uint32_t>(std::min<std::uint64_t>(from.count, bytes / each));
  return fit == 0 && must ? 1 : fit;
}

void queue::take(const config::batch_limits& wanted, std::int64_t now, std::vector<part>& parts) {
  discard_old(now);
  std::uint64_t samples_left = std::max<std::uint32_t>(1, wanted.max_samples);
  std::uint64_t bytes_left = wanted.max_bytes;
  while (!pending_.empty() && samples_left != 0) {
    auto& front = pending_.front();
    // What was offered before is not mixed with what was not, so that `attempt` is true of all.
    if (!parts.empty() && parts.back().attempts != front.attempts) break;
    const auto fit = std::min<std::uint64_t>(samples_left, fitting(front, bytes_left, parts.empty()));
    if (fit == 0) break;
    const auto front_bytes = front.bytes();
    part taken = front;
    taken.count = static_cast<std::uint32_t>(fit);
    samples_left -= fit;
    bytes_left -= std::min(bytes_left, taken.bytes());
    pending_samples_ -= fit;
    parts.push_back(taken);
    if (fit == front.count) {
      pending_bytes_ -= std::min(pending_bytes_, front_bytes);
      pending_.pop_front();
      if (pending_.empty()) pending_bytes_ = 0;
      continue;
    }
    front.first += taken.count;
    front.count -= taken.count;
    front.order += taken.count;
    pending_bytes_ -= std::min(pending_bytes_, front_bytes - front.bytes());
    break;
  }
}

void queue::take_one(std::int64_t now, std::vector<part>& parts) {
  discard_old(now);
  if (pending_.empty()) return;
  pending_bytes_ -= std::min(pending_bytes_, pending_.front().bytes());
  pending_samples_ -= pending_.front().count;
  parts.push_back(std::move(pending_.front()));
  pending_.pop_front();
}

void queue::put_back(std::vector<part>& parts) {
  for (auto& returned : parts) {
    ++returned.attempts;
    pending_bytes_ += returned.bytes();
    pending_samples_ += returned.count;
    const auto place = std::lower_bound(pending_.begin(), pending_.end(), returned.order,
                                        [](const part& a, std::uint64_t order) { return a.order < order; });
    pending_.insert(place, std::move(returned));
  }
  parts.clear();
}

void queue::settle(std::vector<part>& parts, std::uint64_t rejected) {
  std::uint64_t samples = 0;
  for (const auto& gone : parts) {
    samples += gone.count;
    forget(gone);
  }
  assert(rejected <= samples);
  ledger_.discarded_rejected += rejected;
  ledger_.delivered += samples - rejected;
  parts.clear();
  assert(ledger_.balanced());
}

}  // namespace tidegate::pipeline
