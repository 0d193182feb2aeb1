// Where batches go: the one thing that a source or a pipeline knows of what lies behind it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <stop_token>
#include <vector>

#include "batch/batch_ref.hpp"
#include "batch/receipt.hpp"

namespace tidegate::pipeline {

class inlet {
 public:
  virtual ~inlet() = default;
  // [any thread] Takes a reference to the batch, and a copy of the claim, which is let go when the samples
  // are safe without the source, or discarded. Waits while it is full and configured to block, or there is a
  // claim: what can wait at its source is neither discarded for want of room nor thinned out. False, and
  // nothing taken, if `giving_up` is requested meanwhile.
  virtual bool push(const batch_ref& batch, const receipt& claim, const std::stop_token& giving_up) = 0;
  // [any thread] The same without a claim, and without waiting for anything. False, and nothing taken, where
  // it would have to.
  virtual bool offer(const batch_ref& batch) {
    std::stop_source given_up;
    given_up.request_stop();
    return push(batch, {}, given_up.get_token());
  }
  // [any thread] How many bytes of batches it has room for now, about: what is pushed beyond that waits, or
  // makes it discard. Others may push meanwhile.
  virtual std::uint64_t credit() const { return UINT64_MAX; }
  // Before anything is pushed: some of what comes will have a claim, and some of what it still has from an
  // earlier run may have had one.
  virtual void expect_claims() {}
};

// Fan-out by reference: no samples are copied. Filled while the gateway is wired, constant afterwards.
class fan_out {
 public:
  void add(inlet& to) { to_.push_back(&to); }
  // False if giving up left some without the batch.
  bool push(const batch_ref& batch, const receipt& claim, const std::stop_token& giving_up) const {
    bool all = true;
    for (auto* to : to_) all = to->push(batch, claim, giving_up) && all;
    return all;
  }
  void expect_claims() const {
    for (auto* to : to_) to->expect_claims();
  }
  // What the fullest has room for.
  std::uint64_t credit() const {
    std::uint64_t least = UINT64_MAX;
    for (const auto* to : to_) least = std::min(least, to->credit());
    return least;
  }

 private:
  std::vector<inlet*> to_;
};

}  // namespace tidegate::pipeline
