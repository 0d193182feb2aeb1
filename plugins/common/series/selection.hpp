// Which samples and fields a step means: its options `name`, `tags` and `field`.
//
// What is decided by series or shape is decided once a batch, since batches have few of them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "series/pattern.hpp"
#include "tidegate/batch.hpp"
#include "tidegate/options.hpp"

namespace tidegate::series {

// The series with such a name and such tags. Immutable; any thread.
class selection {
 public:
  selection() = default;
  // By options `name` and `tags` of `given`. Throws tidegate::error, configuration.
  explicit selection(const options& given);

  bool holds(const series_view& series) const noexcept;
  bool holds_everything() const noexcept { return name_.fit_everything() && tags_.empty(); }

 private:
  struct tag {
    std::string key;
    patterns value;
  };
  patterns name_;
  std::vector<tag> tags_;
};

// A selection's word on the series of one batch after another. One thread at a time, as all below.
class chosen_series {
 public:
  explicit chosen_series(selection which) : which_{std::move(which)} {}
  void begin(batch_view batch) { known_.assign(batch.series_count(), unknown); }
  bool holds(const sample_view& sample) {
    auto& known = known_[sample.series_index()];
    if (known == unknown) known = which_.holds(sample.series()) ? chosen : not_chosen;
    return known == chosen;
  }
  bool hold_everything() const noexcept { return which_.holds_everything(); }

 private:
  enum : char { unknown, chosen, not_chosen };
  selection which_;
  std::vector<char> known_;
};

// The columns of a sample whose names fit.
class chosen_columns {
 public:
  explicit chosen_columns(patterns which) : which_{std::move(which)} {}
  void begin(batch_view batch) {
    parts_.assign(batch.shape_count(), {});
    columns_.clear();
  }
  // Ascending; valid until the next call for another shape.
  std::span<const std::uint32_t> of(const sample_view& sample) {
    auto& known = parts_[sample.shape_index()];
    if (!known.is_known) known = find(sample.shape());
    return {columns_.data() + known.first, known.count};
  }

 private:
  struct part {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    bool is_known = false;
  };
  part find(const shape_view& shape) {
    part made{static_cast<std::uint32_t>(columns_.size()), 0, true};
    for (std::uint32_t column = 0; column < shape.size(); ++column)
      if (which_.fit(shape[column].name)) columns_.push_back(column);
    made.count = static_cast<std::uint32_t>(columns_.size()) - made.first;
    return made;
  }
  patterns which_;
  std::vector<part> parts_;
  std::vector<std::uint32_t> columns_;
};

}  // namespace tidegate::series
