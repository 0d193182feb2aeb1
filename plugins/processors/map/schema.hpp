// The options of `map`.
#pragma once

#include <string_view>

#include "series/schema.hpp"

namespace tidegate::map::schema {

inline constexpr std::string_view removing = R"(
  "remove": {"description": "What goes first.", "examples": [{"fields": "raw_*"}], "properties": {
    "tags": {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1,
      "description": "Tags: a pattern with * and ?, or a list of them."},
    "fields": {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1,
      "description": "Fields: a pattern with * and ?, or a list of them."}}},
  "rename": {"description": "New names, as NEW: OLD; what else has the new name goes.",
    "examples": [{"name": "boiler", "fields": {"temperature": "t1"}}], "properties": {
    "name": {"type": "string", "description": "The new name of the measurement."},
    "tags": {"additionalProperties": {"type": "string"}, "description": "Tags, as NEW: OLD."},
    "fields": {"additionalProperties": {"type": "string"}, "description": "Fields, as NEW: OLD."}}})";

inline constexpr std::string_view copying = R"(
  "copy": {"description": "What is to be there twice, as NEW: OLD; what else has the new name goes.",
    "examples": [{"tags_from_fields": {"serial": "serial"}}], "properties": {
    "tags": {"additionalProperties": {"type": "string"}, "description": "Tags, as NEW: OLD."},
    "fields": {"additionalProperties": {"type": "string"}, "description": "Fields, as NEW: OLD."},
    "tags_from_fields": {"additionalProperties": {"type": "string"},
      "description": "Tags, as TAG: FIELD, from the fields as they came in."},
    "fields_from_tags": {"additionalProperties": {"type": "string"},
      "description": "Fields, as FIELD: TAG, from the tags as they came in."}}},
  "convert": {"description": "How values change, by field: a pattern of its name now.",
    "examples": [{"temperature": {"scale": 0.1, "offset": -40}}], "additionalProperties": {"properties": {
    "type": {"type": "string", "enum": ["f64", "i64", "u64", "bool", "string"], "description": "The type that it is to have."},
    "scale": {"type": "number", "description": "What it is multiplied with."},
    "offset": {"type": "number", "description": "What is added after that."},
    "values": {"additionalProperties": {"type": ["boolean", "integer", "number", "string"]}, "examples": [{"0": "off", "1": "on"}],
      "description": "What single values become, as OLD: NEW."},
    "otherwise": {"type": ["boolean", "integer", "number", "string"],
      "description": "What every other value becomes; if not given, it is left out."}}}})";

inline constexpr std::string_view adding = R"(
  "defaults": {"description": "What is added where it is missing.", "examples": [{"tags": {"room": "unknown"}}], "properties": {
    "tags": {"additionalProperties": {"type": "string"}, "description": "Tags with their values."},
    "fields": {"additionalProperties": {"type": ["boolean", "integer", "number", "string"]},
      "description": "Fields with their values."}}},
  "add": {"description": "What is added last, whatever was there.", "examples": [{"tags": {"line": "1"}}], "properties": {
    "tags": {"additionalProperties": {"type": "string"}, "description": "Tags with their values."},
    "fields": {"additionalProperties": {"type": ["boolean", "integer", "number", "string"]},
      "description": "Fields with their values."}}})";

using series::comma;
using series::options_begin;
using series::options_end;
using series::selection_options;
inline constexpr std::string_view options = joined_text<options_begin, selection_options, comma, removing,
                                                        comma, copying, comma, adding, options_end>::value;

}  // namespace tidegate::map::schema
