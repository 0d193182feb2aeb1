// What tests say of parts: the numbers in their samples.
#pragma once

#include <cstdint>
#include <vector>

#include "pipeline/parts.hpp"

namespace tidegate::pipeline {

inline std::vector<std::uint64_t> numbers(const std::vector<part>& parts) {
  std::vector<std::uint64_t> all;
  for (const auto& part : parts)
    for (std::uint32_t index = 0; index < part.count; ++index)
      all.push_back(part.batch.view()[part.first + index].value(0).as_u64());
  return all;
}

inline std::vector<std::uint64_t> range(std::uint64_t first, std::uint64_t end) {
  std::vector<std::uint64_t> all;
  for (; first < end; ++first) all.push_back(first);
  return all;
}

inline config::batch_limits at_most(std::uint32_t samples) {
  config::batch_limits limits;
  limits.max_samples = samples;
  return limits;
}

}  // namespace tidegate::pipeline
