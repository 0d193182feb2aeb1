// Wakes the sink that something has come for: rung by whoever pushes, who may be at it still when the sink is
// gone, or when another has taken its place.
#pragma once

#include <mutex>

#include "pipeline/worker.hpp"

namespace tidegate::pipeline {

// Any thread.
class bell {
 public:
  void ring() {
    const std::lock_guard lock{mutex_};
    if (wakes_ != nullptr) wakes_->wake();
  }
  // Null: nobody. The one before is not woken any more when this returns.
  void lead_to(worker* wakes) {
    const std::lock_guard lock{mutex_};
    wakes_ = wakes;
  }

 private:
  std::mutex mutex_;
  worker* wakes_ = nullptr;
};

}  // namespace tidegate::pipeline
