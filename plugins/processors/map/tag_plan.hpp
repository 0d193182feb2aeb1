// Which name and tags a series has afterwards. In this order: remove, rename, copy, from fields, defaults,
// add.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "field_plan.hpp"
#include "series/outlet.hpp"
#include "series/pattern.hpp"
#include "tidegate/batch.hpp"
#include "tidegate/options.hpp"

namespace tidegate::map {

// One thread at a time. What is decided by a sample's series is decided once a batch, unless a field of it
// becomes a tag.
class tag_plan {
 public:
  // By the options of the step. Throws tidegate::error, configuration.
  explicit tag_plan(const options& given);

  void begin(batch_view batch);
  // The index of the series in the outlet's builder.
  std::uint32_t series_of(const sample_view& sample, series::outlet& out);

 private:
  void make(const sample_view& sample);
  void put(std::string_view key, std::string_view value);
  const tag_view* find(std::string_view key) const;
  void rename();
  void put_fields(const sample_view& sample);

  std::string name_;
  bool removes_;
  series::patterns removed_;
  name_pairs renamed_;
  name_pairs copied_;
  name_pairs copied_fields_;
  name_pairs defaults_;
  name_pairs added_;

  static constexpr std::uint32_t unknown = UINT32_MAX;
  std::vector<std::uint32_t> known_;  // by series of the batch
  std::vector<tag_view> tags_;
  std::vector<std::string> texts_;  // of fields
};

}  // namespace tidegate::map
