// The options of `aggregate`.
#pragma once

#include <string_view>

#include "series/schema.hpp"

namespace tidegate::aggregate::schema {

inline constexpr std::string_view own = R"(
  "window": {"type": "string", "unit": "duration", "required": true, "minimum": "1ms", "maximum": "366d", "examples": ["1m"],
    "description": "How long a window is."},
  "every": {"type": "string", "unit": "duration", "minimum": "1ms", "maximum": "366d", "examples": ["10s"],
    "description": "How often a window ends, if windows slide; must divide the window. If not given, one begins where the last one ends."},
  "functions": {"type": "array", "items": {"type": "string"}, "minItems": 1, "default": ["mean"], "examples": [["min", "mean", "max", "p95"]],
    "description": "What is made of the values: count, sum, mean, min, max, stddev, first, last, increase, rate, median, p95 or any percentile."},
  "clock": {"type": "string", "enum": ["event", "arrival"], "default": "event",
    "description": "Which time decides on the window: that of the sample, or that at which it comes here."},
  "allowed_lateness": {"type": "string", "unit": "duration", "default": "0s", "maximum": "366d", "when": {"clock": ["event"]},
    "description": "How long a window is kept open for samples that come late, by the times of the samples of its series."},
  "keep_originals": {"type": "boolean", "default": false,
    "description": "Let the samples pass as well."})";

using series::comma;
using series::field_option;
using series::max_series_option;
using series::options_begin;
using series::options_end;
using series::selection_options;
inline constexpr std::string_view options =
    joined_text<options_begin, own, comma, selection_options, comma, field_option, comma, max_series_option,
                options_end>::value;

}  // namespace tidegate::aggregate::schema
