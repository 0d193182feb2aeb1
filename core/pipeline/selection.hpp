// Which samples of a batch the conditions of a pipeline fit.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "config/condition.hpp"
#include "tidegate/batch.hpp"

namespace tidegate::pipeline {

// Reads one batch; what can be said of a series is asked once for all of its samples.
class selection {
 public:
  // One of the conditions is enough. Both outlive it.
  selection(const std::vector<config::condition>& one_of, batch_view from) : one_of_{one_of}, from_{from} {}

  bool takes(const sample_view& sample);

 private:
  // The conditions whose name and tags fit, a bit each.
  using mask = std::uint64_t;
  static_assert(config::conditions_max <= 64);
  mask fitting(const sample_view& sample);
  mask compute(series_view series) const;

  const std::vector<config::condition>& one_of_;
  const batch_view from_;
  // For the series of the last sample, and, once there was another one, for all.
  std::uint32_t last_ = UINT32_MAX;
  mask of_last_ = 0;
  std::vector<std::optional<mask>> known_;
};

}  // namespace tidegate::pipeline
