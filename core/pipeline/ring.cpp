#include "pipeline/ring.hpp"

#include <utility>

namespace tidegate::pipeline {

gap ring::push(batch_ref batch, std::int64_t now) {
  const auto more = batch.view().bytes();
  const auto must_go = [&](const held& oldest) {
    return bytes_ + more > bytes_max_ || now - oldest.arrived > age_max_.count();
  };
  gap lost;
  while (!batches_.empty() && must_go(batches_.front())) lost.add(pop().view());
  bytes_ += more;
  batches_.push_back({std::move(batch), now});
  return lost;
}

batch_ref ring::pop() noexcept {
  if (batches_.empty()) return {};
  auto oldest = std::move(batches_.front().batch);
  batches_.pop_front();
  bytes_ -= oldest.view().bytes();
  return oldest;
}

}  // namespace tidegate::pipeline
