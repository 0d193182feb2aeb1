// The processor `throttle`: what README.md describes.
#pragma once

#include <cstdint>

#include "series/outlet.hpp"
#include "series/saved_table.hpp"
#include "series/schema.hpp"
#include "series/selection.hpp"
#include "series/series_key.hpp"
#include "series/sieve.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::throttle {

namespace schema {

inline constexpr std::string_view own = R"(
  "max_samples": {"type": "integer", "default": 1, "minimum": 1, "maximum": 1000000000,
    "description": "How many samples of a series pass in a window; the others are dropped."},
  "window": {"type": "string", "unit": "duration", "required": true, "minimum": "1ms", "examples": ["10s"],
    "description": "How long a window is, by the times of the samples."})";

using series::comma;
using series::max_series_option;
using series::options_begin;
using series::options_end;
using series::selection_options;
inline constexpr std::string_view options =
    joined_text<options_begin, own, comma, selection_options, comma, max_series_option, options_end>::value;

}  // namespace schema

class throttle_processor {
 public:
  static constexpr component info{
      .name = "throttle",
      .summary = "Lets so many samples of a series pass in a window, and no more.",
      .options = schema::options};

  throttle_processor(processor_host host, const options& given);
  void start();
  bool process(batch_view batch);
  void stop();

 private:
  // Begins with the first sample that passes.
  struct passed {
    std::int64_t window_begin = 0;
    std::uint32_t count = 0;
  };
  bool may_pass(const sample_view& sample);

  std::uint32_t max_samples_;
  std::uint64_t window_;
  series::chosen_series series_;
  series::batch_keys keys_;
  series::series_table<passed> passed_;
  series::snapshot snapshot_;
  series::outlet out_;
  series::sieve sieve_{out_};
  metric dropped_;
  metric forgotten_;
};

}  // namespace tidegate::throttle
