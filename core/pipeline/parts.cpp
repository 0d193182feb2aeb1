#include "pipeline/parts.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace tidegate::pipeline {

std::uint64_t part::bytes() const noexcept {
  const auto all = batch.view();
  if (count == all.size()) return all.bytes();
  return std::uint64_t{all.bytes()} * count / all.size();
}

part cut(part& of, std::uint32_t at) {
  assert(at <= of.count);
  auto rest = of;
  rest.first += at;
  rest.order += at;
  rest.count -= at;
  of.count = at;
  return rest;
}

void halve(std::vector<part>& parts, std::uint64_t portion) {
  std::uint32_t left = 0;
  for (const auto& each : parts) left += each.count;
  left /= 2;
  for (std::size_t index = 0; index < parts.size(); ++index) {
    if (left != 0 && left < parts[index].count) {
      auto rest = cut(parts[index], left);
      parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(index) + 1, std::move(rest));
    }
    parts[index].portion = left != 0 ? portion : portion + 1;
    left -= std::min(left, parts[index].count);
  }
}

std::vector<part> take_out(std::vector<part>& parts, std::span<const std::uint32_t> indices) {
  std::vector<part> taken;
  std::vector<part> left;
  std::uint32_t passed = 0;
  for (auto& rest : parts) {
    const auto end = passed + rest.count;
    while (!indices.empty() && indices.front() < end) {
      std::uint32_t run = 1;
      while (run < indices.size() && indices[run] == indices.front() + run && indices[run] < end) ++run;
      auto chosen = cut(rest, indices.front() - passed);
      if (rest.count != 0) left.push_back(std::move(rest));
      rest = cut(chosen, run);
      passed = indices.front() + run;
      taken.push_back(std::move(chosen));
      indices = indices.subspan(run);
    }
    if (rest.count != 0) left.push_back(std::move(rest));
    passed = end;
  }
  parts = std::move(left);
  return taken;
}

void ordered_parts::push_back(part last) {
  samples_ += last.count;
  bytes_ += last.bytes();
  parts_.push_back(std::move(last));
}

part ordered_parts::pop_front() {
  auto gone = std::move(parts_.front());
  parts_.pop_front();
  count_out(gone.count, gone.bytes());
  return gone;
}

std::optional<part> ordered_parts::pop_unclaimed() {
  const auto found =
      std::find_if(parts_.begin(), parts_.end(), [](const part& each) { return each.claim == nullptr; });
  if (found == parts_.end()) return std::nullopt;
  auto gone = std::move(*found);
  parts_.erase(found);
  count_out(gone.count, gone.bytes());
  return gone;
}

// Parts of one batch are rounded down each for itself: when the last is gone, nothing may be left over.
void ordered_parts::count_out(std::uint64_t samples, std::uint64_t bytes) noexcept {
  samples_ -= samples;
  bytes_ = parts_.empty() ? 0 : bytes_ - std::min(bytes_, bytes);
}

std::int64_t ordered_parts::ready_at(const config::batch_limits& wanted) const noexcept {
  if (parts_.empty()) return INT64_MAX;
  if (samples_ >= wanted.max_samples || bytes_ >= wanted.max_bytes) return 0;
  return parts_.front().arrived + wanted.max_wait.count();
}

// How many samples of the part fit `bytes`; at least one where `must` says so.
static std::uint32_t fitting(const part& from, std::uint64_t bytes, bool must) {
  if (from.bytes() <= bytes) return from.count;
  const auto each = std::max<std::uint64_t>(1, from.bytes() / from.count);
  const auto fit = static_cast<std::uint32_t>(std::min<std::uint64_t>(from.count, bytes / each));
  return fit == 0 && must ? 1 : fit;
}

// `attempt` of a delivery must be true of all its samples, and a portion stays by itself.
static bool goes_with(const part& before, const part& next) {
  return before.attempts == next.attempts && before.portion == next.portion;
}

void ordered_parts::take(const config::batch_limits& wanted, std::vector<part>& parts) {
  std::uint64_t samples_left = std::max<std::uint32_t>(1, wanted.max_samples);
  std::uint64_t bytes_left = wanted.max_bytes;
  while (!parts_.empty() && samples_left != 0) {
    auto& front = parts_.front();
    if (!parts.empty() && !goes_with(parts.back(), front)) return;
    const auto fit = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(samples_left, fitting(front, bytes_left, parts.empty())));
    if (fit == 0) return;
    samples_left -= fit;
    if (fit != front.count) {
      const auto bytes_before = front.bytes();
      auto rest = cut(front, fit);
      parts.push_back(std::exchange(front, std::move(rest)));
      count_out(fit, bytes_before - front.bytes());
      return;
    }
    parts.push_back(pop_front());
    bytes_left -= std::min(bytes_left, parts.back().bytes());
  }
}

void ordered_parts::put_back(std::vector<part>& parts) {
  for (auto& returned : parts) {
    ++returned.attempts;
    bytes_ += returned.bytes();
    samples_ += returned.count;
    const auto place = std::lower_bound(parts_.begin(), parts_.end(), returned.order,
                                        [](const part& a, std::uint64_t order) { return a.order < order; });
    parts_.insert(place, std::move(returned));
  }
  parts.clear();
}

}  // namespace tidegate::pipeline
