// A hole in what a source has sent: samples that were lost in a row.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "batch/batch_ref.hpp"
#include "pipeline/tag_suffix.hpp"

namespace tidegate::pipeline {

// A value.
struct gap {
  // Why they were lost: a constant, and the word that stands in reports.
  static constexpr const char* ring_full = "ring_full";
  static constexpr const char* stopped = "stopped";

  std::uint64_t samples = 0;
  std::int64_t first_time = INT64_MAX;  // the least and the greatest time of them, UTC
  std::int64_t last_time = INT64_MIN;
  const char* reason = ring_full;

  bool is_empty() const noexcept { return samples == 0; }
  void add(const batch_view& lost) noexcept;
  void add(const gap& other) noexcept;
};

// "1200 samples from 2026-11-23T04:00:16.725Z to 2026-11-23T04:00:28.100Z"
std::string to_string(const gap& of);

// The gap as data: one sample of series tidegate_gap. Null when there is no memory.
batch_ref report_of(const gap& of, std::string_view source, const tag_suffix& tags, std::int64_t now);

}  // namespace tidegate::pipeline
