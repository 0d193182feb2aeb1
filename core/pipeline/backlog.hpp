// What waits for one consumer of batches: in memory, or in the spool.
//
//   accepted --> waiting --fetch()--> at hand --take()--> handed out --deliver(), discard()--> gone
//                                        ^                     |
//                                        +-----put_back()------+
//
// Samples are waiting until they are delivered or discarded, also while they are handed out. They are
// handed out oldest first, as parts of the batches they came in, so that none is copied. Split, a backlog has
// two such orders, and what comes from then on need not wait behind what has piled up.
//
// Threads: [consumer] functions are called from one thread at a time, that of the sink or the chain; [any
// thread] ones whenever an answer comes. Only fetch() may wait, for a disk, and no other function waits for
// it. A backlog holds no lock while it calls anything outside, claims and wake-ups included.
#pragma once

#include <cstdint>
#include <vector>

#include "batch/lane.hpp"
#include "batch/ledger.hpp"
#include "config/gateway.hpp"
#include "pipeline/parts.hpp"

namespace tidegate::pipeline {

class backlog {
 public:
  virtual ~backlog() = default;

  // [consumer] Brings what one delivery of `wanted` takes into memory, if it is not there.
  virtual void fetch(const config::batch_limits& wanted, lane from = lane::main) = 0;
  // [consumer] When take() has enough to be worth it; INT64_MAX if nothing waits to be taken.
  virtual std::int64_t ready_at(const config::batch_limits& wanted, lane from = lane::main) const = 0;
  // [consumer] Moves as much as `wanted` allows of what is at hand to `parts`, at least one sample if there
  // is any.
  virtual void take(const config::batch_limits& wanted, std::vector<part>& parts, lane from = lane::main) = 0;
  // [any thread] Whether fetch() and take() would find something.
  virtual bool has_more(lane from = lane::main) const = 0;

  // [consumer] From now on what comes is the live lane's, and all that waits to be taken the main lane's.
  // Where there is a live lane already, it begins anew; a backlog that cannot do so at once does it as soon
  // as what was taken from the live lane has found its end, and until then hands out no more of it.
  virtual void split() = 0;
  // [consumer] Makes one lane of both. False, and nothing done, while the main lane has more.
  virtual bool join() = 0;

  // [any thread] What becomes of what was taken; the vector is empty then. What comes back is offered again
  // in its place, and its lane.
  virtual void put_back(std::vector<part>& parts) = 0;
  virtual void deliver(std::vector<part>& parts) = 0;
  virtual void discard(std::vector<part>& parts, discard_reason why) = 0;

  // [any thread] Of everything that was ever meant for the consumer.
  virtual tidegate::ledger ledger() const = 0;
  // Whether what waits is still there after the program has ended.
  virtual bool is_kept() const noexcept = 0;
};

}  // namespace tidegate::pipeline
