// A bounded queue of batches in memory, with a ledger.
//
//   accepted = delivered + discarded (by reason) + waiting          at every moment
//
// Samples are waiting from push() on, also while they are taken, until they are delivered or discarded.
// Batches are shared by reference; a part of a batch is a part of the reference's samples.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "batch/batch_ref.hpp"
#include "batch/ledger.hpp"
#include "batch/receipt.hpp"
#include "config/gateway.hpp"
#include "pipeline/part_lanes.hpp"

namespace tidegate::pipeline {

// One thread at a time: whoever owns the queue locks. Times are handed in.
class queue {
 public:
  explicit queue(const config::buffer& limits) : limits_{limits} {}

  // Whether push() would keep everything. Always when nothing waits, or a batch larger than the whole
  // queue could never pass.
  bool has_room(const batch_ref& batch) const noexcept;
  // How many bytes push() keeps without discarding or waiting; samples are reckoned to be as large as those
  // that wait.
  std::uint64_t room() const noexcept;
  // Accepts the batch, and discards by the queue's policy what is over its limits then. What has a claim can
  // wait at its source: it is pushed when there is room for it, and kept whatever the policy says.
  void push(batch_ref batch, const receipt& claim, std::int64_t now);

  bool nothing_to_take(lane from = lane::main) const noexcept { return pending_.of(from).empty(); }
  // See ordered_parts. What is too old is discarded instead of taken.
  std::int64_t ready_at(const config::batch_limits& wanted, lane from = lane::main) const noexcept {
    return pending_.of(from).ready_at(wanted);
  }
  void take(const config::batch_limits& wanted, std::int64_t now, std::vector<part>& parts,
            lane from = lane::main);
  // Moves the oldest part, as it arrived, to `parts`.
  void take_one(std::int64_t now, std::vector<part>& parts);

  // See backlog. Limits count both lanes, and discard from the main lane first, which is the older.
  void split() { pending_.split(next_order_); }
  bool join();

  // What was taken comes back to its place, to be taken again.
  void put_back(std::vector<part>& parts) { pending_.put_back(parts); }
  // What was taken has found its end.
  void deliver(std::vector<part>& parts);
  void discard(std::vector<part>& parts, discard_reason why);

  // The claims of what has found its end since the last call. Letting the last copy of one go may run a
  // source's code: do it where no lock is held.
  [[nodiscard]] std::vector<receipt> take_released() noexcept { return std::exchange(released_, {}); }

  const tidegate::ledger& ledger() const noexcept { return ledger_; }
  // From now on; what is over them stays until it is taken, or room is needed.
  void set_limits(const config::buffer& limits) { limits_ = limits; }
  bool blocks() const noexcept { return limits_.when_full == config::when_full::block; }

 private:
  bool over_limits(std::uint64_t more_bytes, std::uint64_t more_samples) const noexcept;
  bool is_thinned_out();
  void make_room(std::uint64_t bytes, std::uint64_t samples);
  void discard_old(std::int64_t now);
  void discard(part gone, discard_reason why);
  void settle(std::vector<part>& parts, std::uint64_t& counted);
  void forget(part& gone);

  config::buffer limits_;
  part_lanes pending_;
  std::vector<receipt> released_;
  tidegate::ledger ledger_;
  std::uint64_t bytes_ = 0;  // of all that is waiting, taken parts included
  std::uint64_t next_order_ = 0;
  std::uint32_t offered_ = 0;  // while thinning
};

}  // namespace tidegate::pipeline
