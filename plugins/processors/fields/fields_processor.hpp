// The processor `fields`: what README.md describes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "series/outlet.hpp"
#include "series/schema.hpp"
#include "series/selection.hpp"
#include "series/sieve.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::fields {

namespace schema {

inline constexpr std::string_view own = R"(
  "keep": {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1, "examples": [["usage", "temp*"]],
    "description": "The fields that are kept: a pattern with * and ?, or a list of them; all if not given."},
  "drop": {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1, "examples": ["raw_*"],
    "description": "The fields that are dropped of these: a pattern, or a list of them; none if not given."})";

using series::comma;
using series::options_begin;
using series::options_end;
using series::selection_options;
inline constexpr std::string_view options =
    joined_text<options_begin, own, comma, selection_options, options_end>::value;

}  // namespace schema

// Passes a batch on untouched if no field of it is dropped.
class fields_processor {
 public:
  static constexpr component info{
      .name = "fields", .summary = "Keeps or drops single fields of samples.", .options = schema::options};

  fields_processor(processor_host host, const options& given);
  bool process(batch_view batch);

 private:
  // What is left of a shape of the batch.
  struct part {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    bool is_known = false;
  };
  bool is_kept(std::string_view field) const noexcept;
  std::span<const std::uint32_t> left_of(const sample_view& sample);

  bool has_keep_;
  bool has_drop_;
  series::patterns keep_;
  series::patterns drop_;
  series::chosen_series series_;
  series::outlet out_;
  series::sieve sieve_{out_};
  metric dropped_;
  std::vector<part> parts_;  // by shape of the batch
  std::vector<std::uint32_t> columns_;
};

}  // namespace tidegate::fields
