// What waits for one consumer of batches: a bounded queue in memory, with a ledger.
//
//   accepted = delivered + discarded (by reason) + waiting          at every moment
//
// Samples are waiting from push() on, also while they are taken, until settle() or discard. Batches are
// shared by reference; a part of a batch is a part of the reference's samples.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "config/gateway.hpp"
#include "pipeline/batch.hpp"

namespace tidegate::pipeline {

// A run of samples of one batch.
struct part {
  batch_ref batch;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  std::uint64_t order = 0;   // ascending in the order of arrival
  std::int64_t arrived = 0;  // monotonic
  std::uint32_t attempts = 0;

  std::uint64_t bytes() const noexcept;
};

struct ledger {
  std::uint64_t accepted = 0;
  std::uint64_t delivered = 0;
  std::uint64_t discarded_full = 0;      // dropped by when_full
  std::uint64_t discarded_age = 0;       // older than max_age
  std::uint64_t discarded_rejected = 0;  // the sink will never take them
  std::uint64_t waiting = 0;

  std::uint64_t discarded() const noexcept { return discarded_full + discarded_age + discarded_rejected; }
  bool balanced() const noexcept { return accepted == delivered + discarded() + waiting; }
};

// One thread at a time: whoever owns the queue locks. Times are handed in.
class queue {
 public:
  explicit queue(const config::buffer& limits) : limits_{limits} {}

  // Whether push() would keep everything. Always when nothing waits, or a batch larger than the whole
  // queue could never pass.
  bool has_room(const batch_ref& batch) const noexcept;
  // Accepts the batch, and discards by the queue's policy what is over its limits then.
  void push(batch_ref batch, std::int64_t now);

  bool nothing_to_take() const noexcept { return pending_.empty(); }
  // When take() has enough to be worth it: now or earlier if a limit of `wanted` is reached or the oldest
  // has waited long enough, INT64_MAX if there is nothing.
  std::int64_t ready_at(const config::batch_limits& wanted) const noexcept;
  // Moves as much as `wanted` allows, at least one sample, to `parts`, oldest first.
  void take(const config::batch_limits& wanted, std::int64_t now, std::vector<part>& parts);

  // Moves the oldest part, as it arrived, to `parts`.
  void take_one(std::int64_t now, std::vector<part>& parts);

  // What was taken comes back to its place, to be taken again.
  void put_back(std::vector<part>& parts);
  // What was taken has found its end.
  void settle(std::vector<part>& parts, std::uint64_t rejected);

  const pipeline::ledger& ledger() const noexcept { return ledger_; }
  bool blocks() const noexcept { return limits_.when_full == config::when_full::block; }
  const config::buffer& limits() const noexcept { return limits_; }

 private:
  bool over_limits(std::uint64_t more_bytes, std::uint64_t more_samples) const noexcept;
  void discard_old(std::int64_t now);
  void discard_front(std::uint64_t& reason);
  void forget(const part& gone) noexcept;

  config::buffer limits_;
  std::deque<part> pending_;  // ascending by order
  pipeline::ledger ledger_;
  std::uint64_t bytes_ = 0;  // of all that is waiting, taken parts included
  std::uint64_t pending_bytes_ = 0;
  std::uint64_t pending_samples_ = 0;
  std::uint64_t next_order_ = 0;
};

}  // namespace tidegate::pipeline
