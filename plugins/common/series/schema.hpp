// Options that steps have in common; their names stand in plugins/SPEC.md.
#pragma once

#include <string_view>

#include "joined_text.hpp"

namespace tidegate::series {

inline constexpr std::string_view selection_options = R"(
  "name": {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1, "examples": ["cpu*"],
    "description": "The measurements that are meant: a pattern with * and ?, or a list of them; all if not given."},
  "tags": {"additionalProperties": {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1},
    "examples": [{"room": "b*"}],
    "description": "The tags that a sample must have to be meant, with patterns of their values."})";

inline constexpr std::string_view field_option = R"(
  "field": {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1, "examples": ["temp*"],
    "description": "The fields that are meant: a pattern with * and ?, or a list of them; all if not given."})";

inline constexpr std::string_view max_series_option = R"(
  "max_series": {"type": "integer", "default": 100000, "minimum": 1, "maximum": 10000000,
    "description": "How many series are remembered; beyond that the one that was silent longest is forgotten, and counted."})";

inline constexpr std::string_view options_begin = R"({"type": "object", "properties": {)";
inline constexpr std::string_view options_end = "}}";
inline constexpr std::string_view comma = ",";

}  // namespace tidegate::series
