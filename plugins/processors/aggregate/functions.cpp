#include "functions.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace tidegate::aggregate {

namespace {

constexpr std::pair<std::string_view, kind> names[] = {
    {"count", kind::count},       {"sum", kind::sum},       {"mean", kind::mean},   {"min", kind::min},
    {"max", kind::max},           {"stddev", kind::stddev}, {"first", kind::first}, {"last", kind::last},
    {"increase", kind::increase}, {"rate", kind::rate},
};

// "p95", "p99.9"
std::optional<double> percentile_of(std::string_view name) {
  if (name.size() < 2 || name.front() != 'p') return std::nullopt;
  double percent = 0;
  const auto* end = name.data() + name.size();
  const auto [stopped, wrong] = std::from_chars(name.data() + 1, end, percent, std::chars_format::fixed);
  if (wrong != std::errc{} || stopped != end || !(percent >= 0 && percent <= 100)) return std::nullopt;
  return percent / 100;
}

}  // namespace

functions::functions(const options& given) {
  for (std::uint32_t index = 0; index < given.size(); ++index) add(given[index]);
  lay_out();
}

void functions::add(const options& given) {
  const auto name = given.text();
  const auto known =
      std::find_if(std::begin(names), std::end(names), [&](const auto& each) { return each.first == name; });
  const auto fraction = name == "median" ? std::optional{0.5} : percentile_of(name);
  if (known == std::end(names) && !fraction)
    throw configuration_error(given.path(),
                              "'" + std::string{name} +
                                  "' is no function; there are count, sum, mean, min, max, stddev, first, "
                                  "last, increase, rate, median, and percentiles such as p95");
  function made{fraction ? kind::percentile : known->second, std::string{name}, fraction.value_or(0)};
  std::replace(made.name.begin(), made.name.end(), '.', '_');
  for (const auto& each : all_)
    if (each.name == made.name)
      throw configuration_error(given.path(), "names '" + std::string{name} + "' a second time; remove it");
  all_.push_back(std::move(made));
}

bool functions::want(kind what) const noexcept {
  return std::any_of(all_.begin(), all_.end(), [&](const function& each) { return each.what == what; });
}

std::uint32_t functions::take(bool wanted, std::uint32_t words) {
  if (!wanted) return 0;
  return std::exchange(size, size + words);
}

void functions::lay_out() {
  has_percentiles = want(kind::percentile);
  sum = take(want(kind::sum) || want(kind::mean), 1);
  moments = take(want(kind::stddev), 2);
  // What a percentile says lies between the two.
  min = take(want(kind::min) || has_percentiles, 1);
  max = take(want(kind::max) || has_percentiles, 1);
  first = take(want(kind::first), 3);
  last = take(want(kind::last), 3);
  counter = take(want(kind::increase) || want(kind::rate), 5);
  extra = take(has_percentiles || first != 0 || last != 0, 1);
}

}  // namespace tidegate::aggregate
