// The processor `deadband`: what README.md describes.
#pragma once

#include <cstdint>
#include <vector>

#include "last_value.hpp"
#include "series/outlet.hpp"
#include "series/saved_table.hpp"
#include "series/schema.hpp"
#include "series/selection.hpp"
#include "series/series_key.hpp"
#include "series/series_table.hpp"
#include "series/sieve.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::deadband {

namespace schema {

inline constexpr std::string_view own = R"(
  "within": {"type": "number", "default": 0, "minimum": 0,
    "description": "How far a number may be from the one that was reported last without being reported."},
  "percent": {"type": "number", "default": 0, "minimum": 0,
    "description": "The same in percent of the one that was reported last; the wider of both counts."},
  "at_least_every": {"type": "string", "unit": "duration", "minimum": "1ms", "examples": ["10m"],
    "description": "Report it all the same when so much time has passed, by the times of the samples; never if not given."},
  "whole_samples": {"type": "boolean", "default": false,
    "description": "Let a sample pass whole if one of the fields is to be reported; otherwise the others are left out."},
  "max_series": {"type": "integer", "default": 100000, "minimum": 1, "maximum": 10000000,
    "description": "How many fields of series are remembered; beyond that the one that was silent longest is forgotten, and counted."})";

using series::comma;
using series::field_option;
using series::options_begin;
using series::options_end;
using series::selection_options;
inline constexpr std::string_view options =
    joined_text<options_begin, selection_options, comma, field_option, comma, own, options_end>::value;

}  // namespace schema

// Remembers 64 bytes or so for each field of each series.
class deadband_processor {
 public:
  static constexpr component info{.name = "deadband",
                                  .summary = "Reports a value only when it has moved, and now and then.",
                                  .options = schema::options};

  deadband_processor(processor_host host, const options& given);
  void start();
  bool process(batch_view batch);
  void stop();

 private:
  bool is_due(const last_value& last, const field_value& value, std::int64_t time) const noexcept;
  last_value& last_of(const sample_view& sample, std::uint32_t column);
  void sift(const sample_view& sample);
  void sift_fields(const sample_view& sample, std::span<const std::uint32_t> columns);
  void sift_whole(const sample_view& sample, std::span<const std::uint32_t> columns);

  processor_host host_;
  band allowed_;
  std::int64_t at_least_every_;  // 0: never
  bool whole_samples_;
  series::chosen_series series_;
  series::chosen_columns columns_;
  series::batch_keys keys_;
  series::series_table<last_value> last_;
  series::snapshot snapshot_;
  series::outlet out_;
  series::sieve sieve_{out_};
  std::vector<std::uint32_t> kept_;
  std::uint64_t held_back_now_ = 0;
  metric dropped_;
  metric held_back_;
  metric forgotten_;
};

}  // namespace tidegate::deadband
