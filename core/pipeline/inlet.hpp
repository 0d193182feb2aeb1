// Where batches go: the one thing that a source or a pipeline knows of what lies behind it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
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

using inlets = std::vector<std::shared_ptr<inlet>>;

// One that whoever hands it over keeps alive.
inline std::shared_ptr<inlet> borrowed(inlet& to) { return {std::shared_ptr<void>{}, &to}; }

// Fan-out by reference: no samples are copied. Where it leads may change while it is pushed to: a push goes
// to the end where it began, and so keeps that alive.
class fan_out {
 public:
  // [any thread]
  void lead_to(inlets to);
  void add(inlet& to);
  // False if giving up left some without the batch.
  bool push(const batch_ref& batch, const receipt& claim, const std::stop_token& giving_up) const;
  void expect_claims() const;
  // What the fullest has room for.
  std::uint64_t credit() const;

  // While it is closed, pushes wait before they begin. One thread closes and opens.
  void close();
  void open();
  // Whether all that had begun have ended within the time.
  bool wait_until_idle(std::chrono::nanoseconds at_most) const;

 private:
  class passage;

  std::shared_ptr<const inlets> now() const;

  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  std::shared_ptr<const inlets> to_ = std::make_shared<const inlets>();
  mutable std::size_t inside_ = 0;
  bool is_closed_ = false;
};

}  // namespace tidegate::pipeline
