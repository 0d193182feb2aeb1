#include "pipeline/selection.hpp"

#include <algorithm>
#include <utility>

#include "config/glob.hpp"

namespace tidegate::pipeline {

namespace {

using config::field_test;
using config::limit_number;

// Three numbers as a sign: below zero if the value is less than the limit. Whole ones are compared as such.
// NaN is neither, which `unordered` says.
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

bool is_at_least(order of) noexcept { return of == order::more || of == order::equal; }
bool is_at_most(order of) noexcept { return of == order::less || of == order::equal; }

// Without a comparison: any value for "*", a text by its glob, a number or a boolean that is written like this.
bool fits_text(const field_test& test, field_value value) noexcept {
  if (test.text == "*") return true;
  switch (value.type()) {
    case type::string:
      return config::glob_fits(test.text, value.as_text());
    case type::boolean:
      return test.truth && *test.truth == value.as_boolean();
    case type::bytes:
      return false;
    default:
      return test.low && compare(value, *test.low) == order::equal;
  }
}

// One of those without '!' fits, if there are any, and none of those with it.
bool fits_any(const std::vector<field_test>& tests, field_value value) noexcept {
  bool fits_one = false;
  bool wants_one = false;
  for (const auto& test : tests) {
    if (test.negated) {
      if (fits(test, value)) return false;
    } else {
      wants_one = true;
      fits_one = fits_one || fits(test, value);
    }
  }
  return fits_one || !wants_one;
}

}  // namespace

bool fits(const field_test& test, field_value value) noexcept {
  switch (test.is) {
    case field_test::kind::text:
      return fits_text(test, value);
    case field_test::kind::less:
      return compare(value, *test.low) == order::less;
    case field_test::kind::at_most:
      return is_at_most(compare(value, *test.low));
    case field_test::kind::more:
      return compare(value, *test.low) == order::more;
    case field_test::kind::at_least:
      return is_at_least(compare(value, *test.low));
    case field_test::kind::equal:
      return compare(value, *test.low) == order::equal;
    case field_test::kind::range:
      return is_at_least(compare(value, *test.low)) && is_at_most(compare(value, *test.high));
  }
  return false;
}

bool selection::takes(const sample_view& sample) {
  if (!takes_series(sample)) return false;
  return std::all_of(wanted_.fields.begin(), wanted_.fields.end(), [&](const auto& each) {
    const auto value = sample.find(each.first);
    return value && fits_any(each.second, *value);
  });
}

bool selection::takes_series(const sample_view& sample) {
  const auto index = sample.series_index();
  if (index == last_) return takes_last_;
  if (last_ == UINT32_MAX) {
    takes_last_ = compute(sample.series());
  } else {
    if (known_.empty()) known_.resize(from_.series_count());
    auto& known = known_[index];
    if (known == answer::unknown) known = compute(sample.series()) ? answer::yes : answer::no;
    takes_last_ = known == answer::yes;
  }
  last_ = index;
  return takes_last_;
}

bool selection::compute(series_view series) const {
  if (!wanted_.name.fits(series.name())) return false;
  return std::all_of(wanted_.tags.begin(), wanted_.tags.end(), [&](const auto& each) {
    const auto value = series.tag(each.first);
    return value && each.second.fits(*value);
  });
}

}  // namespace tidegate::pipeline
