// A hole in what a source has sent: samples that were lost in a row.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "batch/batch_ref.hpp"
#include "pipeline/tag_suffix.hpp"
#include "tidegate/batch_builder.hpp"

namespace tidegate::pipeline {

// A value.
struct gap {
  // Why they were lost: a constant, and the word that stands in reports.
  static constexpr std::string_view ring_full = "ring_full";
  static constexpr std::string_view stopped = "stopped";

  std::uint64_t samples = 0;
  std::int64_t first_time = INT64_MAX;  // the least and the greatest time of them, UTC
  std::int64_t last_time = INT64_MIN;
  std::string_view reason = ring_full;

  bool is_empty() const noexcept { return samples == 0; }
  void add(const batch_view& lost) noexcept;
  void add(const gap& other) noexcept;
};

// "1200 samples from 2026-11-23T04:00:16.725Z to 2026-11-23T04:00:28.100Z"
std::string to_string(const gap& of);

// Gaps as data, whoever tells them: samples of this series with the field `samples` and the tag `reason`, and
// not told of the same more often than this.
inline constexpr std::string_view gap_series = "tidegate_gap";
inline constexpr std::int64_t gap_report_interval = 1'000'000'000;
// What was built as a batch, with the tags. Null when there is no memory.
batch_ref finished(const batch_builder& made, const tag_suffix& tags);

// One such sample. Null when there is no memory.
batch_ref report_of(const gap& of, std::string_view source, const tag_suffix& tags, std::int64_t now);

}  // namespace tidegate::pipeline
