#include "condition.hpp"

#include <algorithm>

namespace tidegate::filter {

namespace {

constexpr const char* limit_names[] = {"above", "below", "at_least", "at_most"};

bool needs_field(const options& given, const comparisons& value) {
  if (given.has("field")) return true;
  if (!value.are_none())
    throw configuration_error(value.first_option(),
                              "compares a field, but which is not said; add 'field: NAME', or 'field: \"*\"' "
                              "for any");
  if (!given.has("name") && !given.has("tags"))
    throw configuration_error(given.path(), "says nothing; it needs 'name', 'tags' or 'field'");
  return false;
}

}  // namespace

comparisons::comparisons(const options& given) {
  add_limit(given, "above", kind::above);
  add_limit(given, "below", kind::below);
  add_limit(given, "at_least", kind::at_least);
  add_limit(given, "at_most", kind::at_most);
  if (given.has("equals")) set_equals(given["equals"]);
  refuse_empty_range(given);
}

void comparisons::add_limit(const options& given, std::string_view name, kind what) {
  if (!given.has(name)) return;
  const auto option = given[name];
  limits_.push_back({what, option.number()});
  if (first_option_.empty()) first_option_ = option.path();
}

void comparisons::set_equals(const options& given) {
  has_equals_ = true;
  if (first_option_.empty()) first_option_ = given.path();
  equals_type_ = given.type();
  if (equals_type_ == TIDEGATE_TYPE_BOOL) {
    equals_boolean_ = given.boolean();
  } else if (equals_type_ == TIDEGATE_TYPE_STRING) {
    equals_text_ = given.string();
  } else {
    equals_number_ = given.number();
    if (equals_type_ == TIDEGATE_TYPE_I64) equals_integer_ = given.integer();
  }
}

// Whatever lies above the one and below the other is nothing: surely a mistake.
void comparisons::refuse_empty_range(const options& given) const {
  for (const auto& low : limits_) {
    for (const auto& high : limits_) {
      const bool is_pair = (low.what == kind::above || low.what == kind::at_least) &&
                           (high.what == kind::below || high.what == kind::at_most);
      const bool both_included = low.what == kind::at_least && high.what == kind::at_most;
      if (!is_pair || low.value < high.value || (both_included && low.value == high.value)) continue;
      const std::string low_name = limit_names[static_cast<int>(low.what)];
      const std::string high_name = limit_names[static_cast<int>(high.what)];
      throw configuration_error(
          given.path() + "." + low_name,
          "and '" + high_name +
              "' leave no value between them; for what lies outside of a "
              "range, use 'drop' with the range in place of 'keep', or the other way round");
    }
  }
}

bool comparisons::equals(const field_value& value) const noexcept {
  switch (value.type()) {
    case type::boolean:
      return equals_type_ == TIDEGATE_TYPE_BOOL && equals_boolean_ == value.as_boolean();
    case type::i64:
      // Whole numbers are compared as such: a double would take neighbours for the same.
      if (equals_type_ == TIDEGATE_TYPE_I64) return value.as_i64() == equals_integer_;
      return equals_type_ == TIDEGATE_TYPE_F64 && static_cast<double>(value.as_i64()) == equals_number_;
    case type::u64:
      if (equals_type_ == TIDEGATE_TYPE_I64)
        return equals_integer_ >= 0 && value.as_u64() == static_cast<std::uint64_t>(equals_integer_);
      return equals_type_ == TIDEGATE_TYPE_F64 && static_cast<double>(value.as_u64()) == equals_number_;
    case type::f64:
      return (equals_type_ == TIDEGATE_TYPE_I64 || equals_type_ == TIDEGATE_TYPE_F64) &&
             value.as_f64() == equals_number_;
    default:
      return equals_type_ == TIDEGATE_TYPE_STRING && series::fits(equals_text_, value.as_text());
  }
}

bool comparisons::hold(const field_value& value) const noexcept {
  if (has_equals_ && !equals(value)) return false;
  if (limits_.empty()) return true;
  if (value.type() == type::boolean) return false;
  const auto number = value.number();
  if (!number) return false;
  return std::all_of(limits_.begin(), limits_.end(), [x = *number](const limit& each) {
    switch (each.what) {
      case kind::above:
        return x > each.value;
      case kind::below:
        return x < each.value;
      case kind::at_least:
        return x >= each.value;
      default:
        return x <= each.value;
    }
  });
}

condition::condition(const options& given)
    : value_{given},
      needs_field_{needs_field(given, value_)},
      series_{series::selection{given}},
      columns_{series::patterns{given["field"]}} {}

void condition::begin(batch_view batch) {
  series_.begin(batch);
  columns_.begin(batch);
}

bool condition::holds(const sample_view& sample) {
  if (!series_.holds(sample)) return false;
  if (!needs_field_) return true;
  const auto columns = columns_.of(sample);
  if (value_.are_none()) return !columns.empty();
  return std::any_of(columns.begin(), columns.end(),
                     [&](std::uint32_t column) { return value_.hold(sample.value(column)); });
}

}  // namespace tidegate::filter
