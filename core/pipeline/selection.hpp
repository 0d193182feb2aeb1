// Which samples of a batch a condition fits.
#pragma once

#include <cstdint>
#include <vector>

#include "config/condition.hpp"
#include "tidegate/batch.hpp"

namespace tidegate::pipeline {

// Whether the value is one that the test means, '!' left aside.
bool fits(const config::field_test& test, field_value value) noexcept;

// Reads one batch; what can be said of a series is asked once for all of its samples.
class selection {
 public:
  // Both outlive it.
  selection(const config::condition& wanted, batch_view from) : wanted_{wanted}, from_{from} {}

  bool takes(const sample_view& sample);

 private:
  bool takes_series(const sample_view& sample);
  bool compute(series_view series) const;

  const config::condition& wanted_;
  const batch_view from_;
  // The answer for the series of the last sample, and, once there was another one, for all.
  enum class answer : std::uint8_t { unknown, no, yes };
  std::uint32_t last_ = UINT32_MAX;
  bool takes_last_ = false;
  std::vector<answer> known_;
};

}  // namespace tidegate::pipeline
