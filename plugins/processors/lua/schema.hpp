// The options of `lua`.
#pragma once

#include <string_view>

#include "series/schema.hpp"

namespace tidegate::lua::schema {

inline constexpr std::string_view own = R"(
  "script": {"type": "string", "examples": ["function process(sample) return sample end"],
    "description": "The script, in Lua 5.4; it has a function process(sample), which returns what becomes of the sample."},
  "path": {"type": "string", "unit": "path", "examples": ["scale.lua"],
    "description": "Instead of 'script', the file that it stands in."},
  "on_error": {"type": "string", "enum": ["drop", "pass"], "default": "drop",
    "description": "What becomes of a sample on which the script fails: it is dropped, or passes as it came in."},
  "sample_max_instructions": {"type": "integer", "default": 100000, "minimum": 1000, "maximum": 1000000000,
    "description": "How many instructions the script may take for a sample."},
  "batch_max_instructions": {"type": "integer", "default": 100000000, "minimum": 1000, "maximum": 100000000000,
    "description": "How many it may take for all samples of a batch."},
  "memory_max_size": {"type": "string", "unit": "size", "default": "8MiB", "minimum": "256KiB", "maximum": "1GiB",
    "description": "How much memory the script may have."})";

using series::comma;
using series::options_begin;
using series::options_end;
using series::selection_options;
inline constexpr std::string_view options =
    joined_text<options_begin, own, comma, selection_options, options_end>::value;

}  // namespace tidegate::lua::schema
