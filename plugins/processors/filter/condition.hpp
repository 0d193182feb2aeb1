// What a sample must be like: its series, and the value of one of its fields.
#pragma once

#include <string>
#include <vector>

#include "series/pattern.hpp"
#include "series/selection.hpp"
#include "tidegate/batch.hpp"
#include "tidegate/options.hpp"

namespace tidegate::filter {

// What a value must be. NaN is neither above nor below anything, nor equal to it.
class comparisons {
 public:
  // By `above`, `below`, `at_least`, `at_most` and `equals` of the map.
  explicit comparisons(const options& given);

  bool hold(const field_value& value) const noexcept;
  bool are_none() const noexcept { return limits_.empty() && !has_equals_; }
  // An option that is given.
  const std::string& first_option() const noexcept { return first_option_; }

 private:
  enum class kind { above, below, at_least, at_most };
  struct limit {
    kind what;
    double value;
  };
  void add_limit(const options& given, std::string_view name, kind what);
  void set_equals(const options& given);
  bool equals(const field_value& value) const noexcept;
  void refuse_empty_range(const options& given) const;

  std::vector<limit> limits_;
  bool has_equals_ = false;
  std::uint32_t equals_type_ = TIDEGATE_TYPE_NULL;  // boolean, i64, f64 or string
  bool equals_boolean_ = false;
  std::int64_t equals_integer_ = 0;
  double equals_number_ = 0;
  std::string equals_text_;
  std::string first_option_;
};

// One thread at a time. Of a sample everything must hold that is given; of its fields, one is enough.
class condition {
 public:
  // Throws tidegate::error, configuration.
  explicit condition(const options& given);

  void begin(batch_view batch);
  bool holds(const sample_view& sample);

 private:
  comparisons value_;
  bool needs_field_;
  series::chosen_series series_;
  series::chosen_columns columns_;
};

}  // namespace tidegate::filter
