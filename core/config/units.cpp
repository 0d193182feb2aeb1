#include "config/units.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "config/message.hpp"

namespace tidegate::config {

namespace {

struct unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::string_view micro = "\u00b5s";
constexpr std::int64_t second = 1'000'000'000;
constexpr std::array<unit, 8> durations{{{"d", 86400 * second},
                                         {"h", 3600 * second},
                                         {"m", 60 * second},
                                         {"s", second},
                                         {"ms", 1'000'000},
                                         {"us", 1'000},
                                         {micro, 1'000},
                                         {"ns", 1}}};
constexpr std::int64_t ki = 1024;
constexpr std::array<unit, 9> sizes{{{"TiB", ki* ki* ki* ki},
                                     {"TB", 1'000'000'000'000},
                                     {"GiB", ki* ki* ki},
                                     {"GB", 1'000'000'000},
                                     {"MiB", ki* ki},
                                     {"MB", 1'000'000},
                                     {"KiB", ki},
                                     {"KB", 1'000},
                                     {"B", 1}}};

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

std::string_view take_digits(std::string_view& rest) {
  std::size_t length = 0;
  while (length < rest.size() && is_digit(rest[length])) ++length;
  const auto digits = rest.substr(0, length);
  rest.remove_prefix(length);
  return digits;
}

std::string_view take_unit(std::string_view& rest) {
  std::size_t length = 0;
  while (length < rest.size() && !is_digit(rest[length]) && rest[length] != '.' && rest[length] != ' ')
    ++length;
  const auto name = rest.substr(0, length);
  rest.remove_prefix(length);
  return name;
}

// whole.fraction * factor, exactly, or nothing: it does not fit or is no whole number of the least unit. In
// 64 bits, since small machines have no wider integers.
std::optional<std::int64_t> scaled(std::string_view whole, std::string_view fraction, std::int64_t factor) {
  constexpr std::size_t fraction_digits_max = 18;
  if (fraction.size() > fraction_digits_max) return std::nullopt;
  std::int64_t total = 0;
  for (const char digit : whole)
    if (__builtin_mul_overflow(total, 10, &total) || __builtin_add_overflow(total, digit - '0', &total))
      return std::nullopt;
  if (__builtin_mul_overflow(total, factor, &total)) return std::nullopt;

  std::int64_t numerator = 0;
  std::int64_t denominator = 1;
  for (const char digit : fraction) {
    numerator = numerator * 10 + (digit - '0');
    denominator *= 10;
  }
  const auto common = std::gcd(numerator, denominator);
  numerator /= common;
  denominator /= common;
  if (factor % denominator != 0) return std::nullopt;
  // Less than the factor, as the fraction is less than 1.
  if (__builtin_add_overflow(total, numerator * (factor / denominator), &total)) return std::nullopt;
  return total;
}

// As the user would write them, from small to large.
std::vector<std::string> names_of(std::span<const unit> units) {
  std::vector<std::string> all;
  for (auto known = units.rbegin(); known != units.rend(); ++known)
    if (known->name != micro) all.emplace_back(known->name);
  return all;
}

const unit* find_unit(std::span<const unit> units, std::string_view name) {
  for (const auto& known : units)
    if (known.name == name) return &known;
  return nullptr;
}

quantity wrong(std::string problem) { return {std::nullopt, std::move(problem)}; }

// One or several "NUMBER UNIT" without spaces, the units each once and from large to small.
quantity parse_parts(std::string_view text, std::span<const unit> units, std::string_view usual) {
  if (text == "0") return {0, {}};
  if (text.starts_with('-')) return wrong("it must not be negative");
  auto rest = text;
  std::int64_t total = 0;
  std::int64_t last_factor = std::numeric_limits<std::int64_t>::max();
  do {
    const auto whole = take_digits(rest);
    std::string_view fraction;
    if (rest.starts_with('.')) {
      rest.remove_prefix(1);
      fraction = take_digits(rest);
      if (fraction.empty()) return wrong("digits are missing after the point");
    }
    if (whole.empty()) return wrong("it must be a number and a unit");
    if (rest.starts_with(' ')) return wrong("there must be no space before the unit");
    const auto name = take_unit(rest);
    if (name.empty())
      return wrong("the unit is missing (write " + std::string{text} + std::string{usual} + "?)");
    const auto* found = find_unit(units, name);
    if (found == nullptr) return wrong("unknown unit " + in_quotes(name) + suggestion(name, names_of(units)));
    if (found->factor >= last_factor) return wrong("units must go from large to small, each once");
    last_factor = found->factor;
    const auto part = scaled(whole, fraction, found->factor);
    if (!part || __builtin_add_overflow(total, *part, &total))
      return wrong("it is too large or too finely divided");
  } while (!rest.empty());
  return {total, {}};
}

std::string whole_units(std::int64_t amount, std::span<const unit> units) {
  for (const auto& known : units)
    if (amount % known.factor == 0) return std::to_string(amount / known.factor) + std::string{known.name};
  return std::to_string(amount);
}

}  // namespace

quantity parse_duration(std::string_view text) { return parse_parts(text, durations, "s"); }

quantity parse_size(std::string_view text) { return parse_parts(text, sizes, "B"); }

std::string format_duration(std::int64_t nanoseconds) {
  if (nanoseconds == 0) return "0s";
  std::string text;
  auto left = nanoseconds;
  for (const auto& known : durations) {
    if (known.name == "d" && left % known.factor != 0) continue;  // 36h reads better than 1d12h
    if (const auto count = left / known.factor; count != 0)
      text += std::to_string(count) + std::string{known.name};
    left %= known.factor;
  }
  return text;
}

std::string format_size(std::int64_t bytes) { return bytes == 0 ? "0B" : whole_units(bytes, sizes); }

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const bool signed_text = text.starts_with('-') || text.starts_with('+');
  const auto digits = signed_text ? text.substr(1) : text;
  if (digits.empty() || !is_digit(digits[0])) return std::nullopt;
  std::int64_t number = 0;
  if (digits.starts_with("0x")) {
    const auto end = text.data() + text.size();
    const auto [stopped, failed] = std::from_chars(digits.data() + 2, end, number, 16);
    const bool complete = failed == std::errc{} && stopped == end && digits.size() > 2 && digits[2] != '-';
    return complete && !signed_text ? std::optional{number} : std::nullopt;
  }
  if (digits.size() > 1 && digits[0] == '0') return std::nullopt;
  const auto from = text.starts_with('+') ? digits : text;
  const auto [stopped, failed] = std::from_chars(from.data(), from.data() + from.size(), number);
  if (failed != std::errc{} || stopped != from.data() + from.size()) return std::nullopt;
  return number;
}

std::optional<double> parse_number(std::string_view text) {
  const auto from = text.starts_with('+') ? text.substr(1) : text;
  const auto digits = from.starts_with('-') && from.size() == text.size() ? from.substr(1) : from;
  if (digits.empty() || !(is_digit(digits[0]) || digits[0] == '.')) return std::nullopt;
  double number = 0;
  const auto [stopped, failed] = std::from_chars(from.data(), from.data() + from.size(), number);
  if (failed != std::errc{} || stopped != from.data() + from.size() || !std::isfinite(number))
    return std::nullopt;
  return number;
}

std::optional<bool> parse_boolean(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

}  // namespace tidegate::config
