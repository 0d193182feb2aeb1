// The processor `filter`: what README.md describes.
#pragma once

#include <vector>

#include "condition.hpp"
#include "series/outlet.hpp"
#include "series/schema.hpp"
#include "series/sieve.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::filter {

namespace schema {

inline constexpr std::string_view condition_begin = R"({"type": ["array", "object"], "minItems": 1,
  "examples": [{"name": "cpu*"}], "description": ")";
inline constexpr std::string_view keep_text =
    "What passes: a condition, or a list of which one must hold. Everything if not given.";
inline constexpr std::string_view drop_text =
    "What is dropped of that: a condition, or a list of which one must hold. Nothing if not given.";
inline constexpr std::string_view members_begin = R"(", "properties": {)";
inline constexpr std::string_view items_begin = R"(}, "items": {"properties": {)";
inline constexpr std::string_view condition_end = "}}}";
inline constexpr std::string_view value_options = R"(
  "above": {"type": "number", "description": "The field is more than this."},
  "below": {"type": "number", "description": "The field is less than this."},
  "at_least": {"type": "number", "description": "The field is this or more."},
  "at_most": {"type": "number", "description": "The field is this or less."},
  "equals": {"type": ["boolean", "integer", "number", "string"], "examples": ["error*"],
    "description": "The field is this; a text is a pattern with * and ?."})";
inline constexpr std::string_view keep_key = R"("keep": )";
inline constexpr std::string_view drop_key = R"(, "drop": )";

using series::comma;
using series::field_option;
using series::options_begin;
using series::options_end;
using series::selection_options;

inline constexpr std::string_view members =
    joined_text<selection_options, comma, field_option, comma, value_options>::value;
inline constexpr std::string_view options =
    joined_text<options_begin, keep_key, condition_begin, keep_text, members_begin, members, items_begin,
                members, condition_end, drop_key, condition_begin, drop_text, members_begin, members,
                items_begin, members, condition_end, options_end>::value;

}  // namespace schema

// Passes a batch on untouched if all of it is kept.
class filter_processor {
 public:
  static constexpr component info{.name = "filter",
                                  .summary = "Keeps or drops samples by name, tags, fields and values.",
                                  .options = schema::options};

  filter_processor(processor_host host, const options& given);
  bool process(batch_view batch);

 private:
  bool is_kept(const sample_view& sample);

  std::vector<condition> keep_;
  std::vector<condition> drop_;
  series::outlet out_;
  series::sieve sieve_{out_};
  metric dropped_;
};

}  // namespace tidegate::filter
