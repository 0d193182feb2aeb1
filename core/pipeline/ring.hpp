// What a source that cannot wait has submitted last: bounded by time and by bytes, the oldest falls out.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

#include "batch/batch_ref.hpp"
#include "pipeline/gap.hpp"

namespace tidegate::pipeline {

// One thread at a time. Times are handed in.
class ring {
 public:
  ring(std::chrono::nanoseconds age_max, std::uint64_t bytes_max)
      : age_max_{age_max}, bytes_max_{bytes_max} {}

  // Makes room for the batch, and says what is lost by that. A batch that is larger than the whole ring
  // takes all of it.
  gap push(batch_ref batch, std::int64_t now);
  // The oldest; null if there is none.
  batch_ref pop() noexcept;

  bool empty() const noexcept { return batches_.empty(); }
  // How many bytes push() takes without losing any.
  std::uint64_t room() const noexcept { return bytes_ < bytes_max_ ? bytes_max_ - bytes_ : 0; }

 private:
  struct held {
    batch_ref batch;
    std::int64_t arrived;
  };
  std::chrono::nanoseconds age_max_;
  std::uint64_t bytes_max_;
  std::deque<held> batches_;
  std::uint64_t bytes_ = 0;
};

}  // namespace tidegate::pipeline
