// Which fields a sample has afterwards, and where each comes from. In this order: remove, rename, copy,
// convert, defaults, add. Whatever is renamed, copied or added takes the place of a field that has its name.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "constant.hpp"
#include "conversion.hpp"
#include "series/pattern.hpp"
#include "tidegate/batch.hpp"
#include "tidegate/options.hpp"

namespace tidegate::map {

// New name and old one, in the order of the file.
using name_pairs = std::vector<std::pair<std::string, std::string>>;

// From a map of texts. Throws tidegate::error, configuration, if a name is empty.
name_pairs pairs_of(const options& given);

// One thread at a time. What is decided by a sample's shape is decided once a batch.
class field_plan {
 public:
  // By the options of the step. Throws tidegate::error, configuration.
  explicit field_plan(const options& given);

  void begin(batch_view batch);
  // Whether any field is there afterwards.
  bool leaves_any(const sample_view& sample);
  // Puts all fields. Gives how many were left out, because they could not be converted.
  std::uint32_t put(const sample_view& sample, batch_builder::sample_builder& to);

 private:
  enum class origin { column, tag, constant };
  struct entry {
    std::string_view name;
    origin from = origin::column;
    std::uint32_t column = 0;
    std::string_view tag;
    const constant* fixed = nullptr;
    conversion* how = nullptr;
  };
  struct named_constant {
    std::string name;
    constant value;
  };
  struct named_conversion {
    std::string pattern;
    conversion how;
  };
  struct part {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    bool is_known = false;
  };
  static std::vector<named_constant> constants_of(const options& given);
  std::span<const entry> entries_of(const sample_view& sample);
  void make(const shape_view& shape);
  entry* find(std::string_view name);
  void replace(entry made);
  void rename();
  void copy();
  void find_conversions();
  std::optional<plain_value> value_of(const entry& of, const sample_view& sample) const;

  bool removes_;
  series::patterns removed_;
  name_pairs renamed_;
  name_pairs copied_;
  name_pairs copied_tags_;
  std::vector<named_conversion> conversions_;
  std::vector<named_constant> defaults_;
  std::vector<named_constant> added_;

  // Of the batch.
  std::vector<part> parts_;     // by shape
  std::vector<entry> entries_;  // of all shapes
  std::vector<entry> made_;     // of the one that is being made
};

}  // namespace tidegate::map
