#include "conversion.hpp"

#include <charconv>
#include <cmath>
#include <limits>

namespace tidegate::map {

namespace {

// The whole text, or nothing.
template <class Number>
std::optional<Number> parsed(std::string_view text) {
  Number number{};
  const auto* end = text.data() + text.size();
  const auto [stopped, wrong] = std::from_chars(text.data(), end, number);
  if (wrong != std::errc{} || stopped != end) return std::nullopt;
  return number;
}

std::optional<double> number_of(const plain_value& value) {
  switch (value.type) {
    case type::boolean:
      return value.slot != 0 ? 1.0 : 0.0;
    case type::i64:
      return static_cast<double>(static_cast<std::int64_t>(value.slot));
    case type::u64:
      return static_cast<double>(value.slot);
    case type::f64:
      return std::bit_cast<double>(value.slot);
    default:
      return parsed<double>(value.text);
  }
}

// The nearest whole number, if the type has it.
template <class Integer>
std::optional<Integer> rounded(double number) {
  const double whole = std::round(number);
  // The limits as doubles: the upper one is a power of two, which the type itself has not.
  constexpr double low = static_cast<double>(std::numeric_limits<Integer>::min());
  constexpr double high = std::is_signed_v<Integer> ? 0x1p63 : 0x1p64;
  if (!(whole >= low && whole < high)) return std::nullopt;
  return static_cast<Integer>(whole);
}

std::optional<plain_value> to_i64(const plain_value& value) {
  if (value.type == type::i64) return value;
  if (value.type == type::u64) {
    if (value.slot > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return std::nullopt;
    return plain_value{type::i64, value.slot, {}};
  }
  if (const auto exact = parsed<std::int64_t>(value.text)) return plain_value::of(*exact);
  const auto number = number_of(value);
  const auto whole = number ? rounded<std::int64_t>(*number) : std::nullopt;
  return whole ? std::optional{plain_value::of(*whole)} : std::nullopt;
}

std::optional<plain_value> to_u64(const plain_value& value) {
  if (value.type == type::u64) return value;
  if (value.type == type::i64) {
    if (static_cast<std::int64_t>(value.slot) < 0) return std::nullopt;
    return plain_value{type::u64, value.slot, {}};
  }
  if (const auto exact = parsed<std::uint64_t>(value.text)) return plain_value::of(*exact);
  const auto number = number_of(value);
  const auto whole = number ? rounded<std::uint64_t>(*number) : std::nullopt;
  return whole ? std::optional{plain_value::of(*whole)} : std::nullopt;
}

std::optional<plain_value> to_boolean(const plain_value& value) {
  for (const std::string_view yes : {"true", "on", "yes"})
    if (value.text == yes) return plain_value::of(true);
  for (const std::string_view no : {"false", "off", "no"})
    if (value.text == no) return plain_value::of(false);
  const auto number = number_of(value);
  if (!number || std::isnan(*number)) return std::nullopt;
  return plain_value::of(*number != 0);
}

std::optional<tidegate::type> type_of(const options& given) {
  if (given.is_null()) return std::nullopt;
  const auto name = given.text();
  if (name == "f64") return type::f64;
  if (name == "i64") return type::i64;
  if (name == "u64") return type::u64;
  return name == "bool" ? type::boolean : type::string;
}

std::optional<double> number_option(const options& given) {
  return given.is_null() ? std::nullopt : std::optional{given.number()};
}

}  // namespace

conversion::conversion(const options& given)
    : type_{type_of(given["type"])},
      scale_{number_option(given["scale"])},
      offset_{number_option(given["offset"])} {
  const auto values = given["values"];
  for (std::uint32_t index = 0; index < values.size(); ++index)
    table_.push_back(
        {std::string{values.key(index)}, parsed<double>(values.key(index)), constant{values[index]}});
  if (given.has("otherwise")) otherwise_.emplace(given["otherwise"]);
  if (table_.empty() && otherwise_)
    throw configuration_error(given["otherwise"].path(),
                              "is for values that are not in 'values', which is missing");
  if (!table_.empty() && (type_ || scale_ || offset_))
    throw configuration_error(
        values.path(),
        "says what comes out; 'type', 'scale' and 'offset' go without it. Use two steps for both");
  if (table_.empty() && !type_ && !scale_ && !offset_)
    throw configuration_error(given.path(), "says nothing; it needs 'type', 'scale', 'offset' or 'values'");
  if (type_ == type::string && (scale_ || offset_))
    throw configuration_error(given["type"].path(), "is string, which has no 'scale' and no 'offset'");
}

std::optional<plain_value> conversion::apply(const plain_value& value) {
  if (!table_.empty()) return look_up(value);
  if (!scale_ && !offset_) return to_type(value, *type_);
  const auto number = number_of(value);
  if (!number) return std::nullopt;
  return to_type(plain_value::of(*number * scale_.value_or(1) + offset_.value_or(0)),
                 type_.value_or(type::f64));
}

// Numbers by their value, so that 0 is also 0.0; everything else by its text.
std::optional<plain_value> conversion::look_up(const plain_value& value) {
  const bool is_number = value.type == type::i64 || value.type == type::u64 || value.type == type::f64;
  const auto number = is_number ? number_of(value) : std::nullopt;
  text_.clear();
  append_text(text_, value);
  for (const auto& each : table_)
    if (number ? each.number == number : each.text == text_) return each.becomes.value();
  return otherwise_ ? std::optional{otherwise_->value()} : std::nullopt;
}

std::optional<plain_value> conversion::to_type(const plain_value& value, tidegate::type wanted) {
  switch (wanted) {
    case type::i64:
      return to_i64(value);
    case type::u64:
      return to_u64(value);
    case type::boolean:
      return to_boolean(value);
    case type::f64: {
      const auto number = number_of(value);
      return number ? std::optional{plain_value::of(*number)} : std::nullopt;
    }
    default:
      text_.clear();
      append_text(text_, value);
      return plain_value::of(std::string_view{text_});
  }
}

}  // namespace tidegate::map
