#include "pipeline/selection.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

#include "config/glob.hpp"

namespace tidegate::pipeline {

namespace {

using config::limit_number;

// Of a number and a limit. Whole ones are compared exactly. NaN, a text and a boolean are unordered.
enum class order { less, equal, more, unordered };

order compare(double value, double limit) noexcept {
  if (value < limit) return order::less;
  if (value > limit) return order::more;
  return value == limit ? order::equal : order::unordered;
}

template <class Integer>
order compare_whole(Integer value, const limit_number& limit) noexcept {
  if (!limit.whole) return compare(static_cast<double>(value), limit.number);
  if (std::cmp_less(value, *limit.whole)) return order::less;
  return std::cmp_greater(value, *limit.whole) ? order::more : order::equal;
}

order compare(field_value value, const limit_number& limit) noexcept {
  switch (value.type()) {
    case type::i64:
      return compare_whole(value.as_i64(), limit);
    case type::u64:
      return compare_whole(value.as_u64(), limit);
    case type::f64:
      return compare(value.as_f64(), limit.number);
    default:
      return order::unordered;
  }
}

bool fits_one(const std::vector<std::string>& patterns, std::string_view text) noexcept {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return config::glob_fits(pattern, text); });
}

bool equals(const config::condition& of, field_value value) noexcept {
  if (const auto* truth = std::get_if<bool>(&*of.equals))
    return value.type() == type::boolean && value.as_boolean() == *truth;
  if (const auto* number = std::get_if<limit_number>(&*of.equals))
    return compare(value, *number) == order::equal;
  return value.type() == type::string &&
         config::glob_fits(std::get<std::string>(*of.equals), value.as_text());
}

bool holds_all_comparisons(const config::condition& of, field_value value) noexcept {
  if (of.above && compare(value, *of.above) != order::more) return false;
  if (of.below && compare(value, *of.below) != order::less) return false;
  const auto is_one_of = [](order found, order a, order b) { return found == a || found == b; };
  if (of.at_least && !is_one_of(compare(value, *of.at_least), order::more, order::equal)) return false;
  if (of.at_most && !is_one_of(compare(value, *of.at_most), order::less, order::equal)) return false;
  return !of.equals || equals(of, value);
}

bool has_field(const config::condition& of, const sample_view& sample) noexcept {
  if (of.field.empty()) return true;
  return std::any_of(sample.begin(), sample.end(), [&](const field_view& field) {
    return fits_one(of.field, field.name) && holds_all_comparisons(of, field.value);
  });
}

}  // namespace

bool selection::takes(const sample_view& sample) {
  const auto fit = fitting(sample);
  if (fit == 0) return false;
  for (std::size_t index = 0; index < one_of_.size(); ++index)
    if ((fit >> index & 1) != 0 && has_field(one_of_[index], sample)) return true;
  return false;
}

selection::mask selection::fitting(const sample_view& sample) {
  const auto index = sample.series_index();
  if (index == last_) return of_last_;
  if (last_ == UINT32_MAX) {
    of_last_ = compute(sample.series());
  } else {
    if (known_.empty()) known_.resize(from_.series_count());
    auto& known = known_[index];
    if (!known) known = compute(sample.series());
    of_last_ = *known;
  }
  last_ = index;
  return of_last_;
}

selection::mask selection::compute(series_view series) const {
  mask fit = 0;
  for (std::size_t index = 0; index < one_of_.size(); ++index) {
    const auto& wanted = one_of_[index];
    const bool fits_name = wanted.name.empty() || fits_one(wanted.name, series.name());
    const bool fits = fits_name && std::all_of(wanted.tags.begin(), wanted.tags.end(), [&](const auto& each) {
                        const auto value = series.tag(each.first);
                        return value && fits_one(each.second, *value);
                      });
    if (fits) fit |= mask{1} << index;
  }
  return fit;
}

}  // namespace tidegate::pipeline
