// Runs of samples of batches, and the order in which they wait to be delivered.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "batch/batch_ref.hpp"
#include "batch/receipt.hpp"
#include "config/gateway.hpp"

namespace tidegate::pipeline {

// A run of samples of one batch. A value.
struct part {
  batch_ref batch;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  std::uint64_t order = 0;   // of the first sample; counts up by one for each that arrives
  std::int64_t arrived = 0;  // monotonic
  std::uint32_t attempts = 0;
  std::uint64_t portion = 0;  // if not 0: handed out with parts of the same portion only
  receipt claim;              // the batch's, shared by all of its parts

  std::uint64_t bytes() const noexcept;
};

// Takes the samples from index `at` of the part on out of it.
part cut(part& of, std::uint32_t at);
// Halves for as many samples, the first with portion `portion` and the second with the next; of an odd number
// the second half has one more.
void halve(std::vector<part>& parts, std::uint64_t portion);
// Takes the samples at these indices, ascending and counted through all of the parts, out of them.
std::vector<part> take_out(std::vector<part>& parts, std::span<const std::uint32_t> indices);

// Parts that wait, ascending by order. One thread at a time.
class ordered_parts {
 public:
  bool empty() const noexcept { return parts_.empty(); }
  std::uint64_t samples() const noexcept { return samples_; }
  std::uint64_t bytes() const noexcept { return bytes_; }
  const part& front() const noexcept { return parts_.front(); }

  // Behind all that is here or was here before.
  void push_back(part last);
  part pop_front();
  // The first without a claim.
  std::optional<part> pop_unclaimed();

  // When take() has enough to be worth it: now or earlier if a limit of `wanted` is reached or the oldest
  // has waited long enough, INT64_MAX if there is nothing.
  std::int64_t ready_at(const config::batch_limits& wanted) const noexcept;
  // Moves as much as `wanted` allows, at least one sample, to `parts`, oldest first. What was offered before
  // is not mixed with what was not.
  void take(const config::batch_limits& wanted, std::vector<part>& parts);
  // What was taken comes back to its place, to be offered once more.
  void put_back(std::vector<part>& parts);

 private:
  void count_out(std::uint64_t samples, std::uint64_t bytes) noexcept;

  std::deque<part> parts_;
  std::uint64_t samples_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace tidegate::pipeline
