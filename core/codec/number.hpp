// Numbers as text. Pure functions that write at a pointer with room for number_bytes_max and return the
// end of what they wrote.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace tidegate::codec {

constexpr std::size_t number_bytes_max = 40;
constexpr int decimals_max = 15;

inline char* write_integer(char* at, std::int64_t value) noexcept {
  return std::to_chars(at, at + number_bytes_max, value).ptr;
}
inline char* write_integer(char* at, std::uint64_t value) noexcept {
  return std::to_chars(at, at + number_bytes_max, value).ptr;
}

// Exactly `digits` digits, with leading zeros; the value has no more.
inline char* write_digits(char* at, std::uint32_t value, int digits) noexcept {
  for (int place = digits - 1; place >= 0; --place, value /= 10)
    at[place] = static_cast<char>('0' + value % 10);
  return at + digits;
}

// The shortest digits that read back as the same number: 12.3, 12.0, 1e+16, 1e-05. A point or an exponent
// is always there, so that the reader sees a floating point number; plain notation from 0.0001 up to
// below 1e16. These are the bytes that Python and its json module write. For finite values.
char* write_shortest(char* at, double value) noexcept;

// As write_shortest, after rounding to `decimals` places: 12.3 for 12.34 and one. Trailing zeros are not
// written, and no decimals at all means none and no point: 12. Never "-0". For finite values.
char* write_rounded(char* at, double value, int decimals) noexcept;

inline char* write_float(char* at, double value, std::optional<int> decimals) noexcept {
  return decimals ? write_rounded(at, value, *decimals) : write_shortest(at, value);
}

}  // namespace tidegate::codec
