// Numbers out of text. The way back is codec/number.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string_view>

#include "tidegate/batch.hpp"

namespace tidegate::codec {

// As a slot of a sample has it: an i64, a u64 where only that is large enough, or an f64.
struct number {
  type is = type::i64;
  std::uint64_t slot = 0;

  static number of(double value) noexcept { return {type::f64, std::bit_cast<std::uint64_t>(value)}; }
  double as_f64() const noexcept {
    if (is == type::f64) return std::bit_cast<double>(slot);
    return is == type::i64 ? static_cast<double>(static_cast<std::int64_t>(slot)) : static_cast<double>(slot);
  }
};

namespace detail {

constexpr std::array<double, 23> exact_power_of_ten{1,    1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

inline bool is_digit(char byte) noexcept { return static_cast<unsigned char>(byte - '0') < 10; }

// A number that is beyond an f64: as the nearest one, 0 or an infinity. `end` is behind it.
inline double beyond(const char* begin, const char* end) noexcept {
  const bool is_negative = *begin == '-';
  if (is_negative) ++begin;
  const char* const mark = std::find_if(begin, end, [](char byte) { return (byte | 0x20) == 'e'; });
  const char* const point = std::find(begin, mark, '.');
  const char* const first = std::find_if(begin, mark, [](char byte) { return byte > '0'; });
  // The power of ten of the first digit, which is far from those that an f64 has, or this would not be asked.
  std::int64_t power = first < point ? point - first : point - first + 1;
  if (mark != end) {
    const char* const digits = mark + (mark[1] == '+' ? 2 : 1);
    std::int64_t exponent = 0;
    if (std::from_chars(digits, end, exponent).ec != std::errc{})
      exponent = *digits == '-' ? std::numeric_limits<std::int32_t>::min()
                                : std::numeric_limits<std::int32_t>::max();
    power += std::clamp<std::int64_t>(exponent, std::numeric_limits<std::int32_t>::min(),
                                      std::numeric_limits<std::int32_t>::max());
  }
  const double made = power > 0 ? std::numeric_limits<double>::infinity() : 0;
  return is_negative ? -made : made;
}

// What the quick way cannot do: more than 19 digits, or numbers that would be rounded twice.
inline const char* scan_any(const char* begin, const char* end, bool is_whole, number& to) noexcept {
  std::int64_t whole = 0;
  if (const auto read = std::from_chars(begin, end, whole); is_whole && read.ec == std::errc{}) {
    to = {type::i64, static_cast<std::uint64_t>(whole)};
    return read.ptr;
  }
  std::uint64_t large = 0;
  if (const auto read = std::from_chars(begin, end, large); is_whole && read.ec == std::errc{}) {
    to = {type::u64, large};
    return read.ptr;
  }
  double value = 0;
  const auto read = std::from_chars(begin, end, value);
  if (read.ec == std::errc::result_out_of_range)
    value = beyond(begin, read.ptr);
  else if (read.ec != std::errc{})
    return nullptr;
  to = number::of(value);
  return read.ptr;
}

}  // namespace detail

// A number as JSON has it at `begin`: where it ends, or null if there is none. With a point or an exponent it
// is an f64, which may be an infinity, else an integer if it fits one. Leading zeros are let through; it
// is for the caller to mind them.
inline const char* scan_number(const char* begin, const char* end, number& to) noexcept {
  const char* at = begin;
  const bool is_negative = at != end && *at == '-';
  if (is_negative) ++at;
  std::uint64_t mantissa = 0;
  const char* const digits = at;
  for (; at != end && detail::is_digit(*at); ++at)
    mantissa = mantissa * 10 + static_cast<unsigned char>(*at - '0');
  auto count = at - digits;
  if (count == 0) return nullptr;
  int exponent = 0;
  bool is_whole = true;
  if (at != end && *at == '.') {
    const char* const point = at++;
    is_whole = false;
    for (; at != end && detail::is_digit(*at); ++at)
      mantissa = mantissa * 10 + static_cast<unsigned char>(*at - '0');
    const auto places = at - point - 1;
    if (places == 0) return nullptr;
    count += places;
    exponent = -static_cast<int>(places < 1000 ? places : 1000);
  }
  if (at != end && (*at == 'e' || *at == 'E')) return detail::scan_any(begin, end, false, to);
  if (count > 18) return detail::scan_any(begin, end, is_whole, to);
  if (is_whole) {
    const auto value = static_cast<std::int64_t>(mantissa);
    to = {type::i64, static_cast<std::uint64_t>(is_negative ? -value : value)};
    return at;
  }
  // Both are exact, so that the quotient is rounded once, as it ought to be.
  if (mantissa > std::uint64_t{1} << 53) return detail::scan_any(begin, end, false, to);
  const double value =
      static_cast<double>(mantissa) / detail::exact_power_of_ten[static_cast<std::size_t>(-exponent)];
  to = number::of(is_negative ? -value : value);
  return at;
}

// The same of a whole text, with a plus sign before it if need be.
inline bool read_number(std::string_view text, number& to) noexcept {
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  return !text.empty() && scan_number(text.data(), end, to) == end;
}

}  // namespace tidegate::codec
