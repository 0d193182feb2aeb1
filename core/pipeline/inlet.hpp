// Where batches go: the one thing that a source or a pipeline knows of what lies behind it.
#pragma once

#include <stop_token>
#include <vector>

#include "pipeline/batch.hpp"

namespace tidegate::pipeline {

class inlet {
 public:
  virtual ~inlet() = default;
  // [any thread] Takes a reference to the batch. Waits while it is full and configured to block; false, and
  // nothing taken, if `giving_up` is requested meanwhile.
  virtual bool push(const batch_ref& batch, const std::stop_token& giving_up) = 0;
};

// Fan-out by reference: no samples are copied. Filled while the gateway is wired, constant afterwards.
class fan_out {
 public:
  void add(inlet& to) { to_.push_back(&to); }
  // False if giving up left some without the batch.
  bool push(const batch_ref& batch, const std::stop_token& giving_up) const {
    bool all = true;
    for (auto* to : to_) all = to->push(batch, giving_up) && all;
    return all;
  }

 private:
  std::vector<inlet*> to_;
};

}  // namespace tidegate::pipeline
