// The items of CBOR (RFC 8949): a head, which says what comes and how long it is or how many, and for some
// the content behind it. Pure functions that write at a pointer with room for head_bytes_max and return the
// end of what they wrote. Every head is the shortest that there is, and every length is known (section 4.1,
// "preferred serialization").
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace tidegate::codec::cbor {

enum class major : std::uint8_t {
  unsigned_integer = 0,
  negative_integer = 1,
  bytes = 2,
  text = 3,
  array = 4,
  map = 5,
  simple_or_float = 7,
};

constexpr std::size_t head_bytes_max = 9;

// The three bits of the kind and five more.
inline char* write_initial(char* at, major kind, unsigned information) noexcept {
  *at = static_cast<char>(static_cast<unsigned>(kind) << 5 | information);
  return at + 1;
}

template <class Unsigned>
char* write_big_endian(char* at, Unsigned value) noexcept {
  for (std::size_t place = 0; place < sizeof value; ++place)
    at[place] = static_cast<char>(value >> 8 * (sizeof value - 1 - place));
  return at + sizeof value;
}

// An integer, or how many bytes, elements or pairs follow.
inline char* write_head(char* at, major kind, std::uint64_t argument) noexcept {
  if (argument < 24) return write_initial(at, kind, static_cast<unsigned>(argument));
  if (argument <= UINT8_MAX)
    return write_big_endian(write_initial(at, kind, 24), static_cast<std::uint8_t>(argument));
  if (argument <= UINT16_MAX)
    return write_big_endian(write_initial(at, kind, 25), static_cast<std::uint16_t>(argument));
  if (argument <= UINT32_MAX)
    return write_big_endian(write_initial(at, kind, 26), static_cast<std::uint32_t>(argument));
  return write_big_endian(write_initial(at, kind, 27), argument);
}

inline char* write_integer(char* at, std::uint64_t value) noexcept {
  return write_head(at, major::unsigned_integer, value);
}
// A negative one is written as what it is below -1.
inline char* write_integer(char* at, std::int64_t value) noexcept {
  return value >= 0 ? write_head(at, major::unsigned_integer, static_cast<std::uint64_t>(value))
                    : write_head(at, major::negative_integer, ~static_cast<std::uint64_t>(value));
}

inline char* write_boolean(char* at, bool value) noexcept {
  return write_initial(at, major::simple_or_float, value ? 21 : 20);
}
inline char* write_null(char* at) noexcept { return write_initial(at, major::simple_or_float, 22); }

// The bits of a number of 16 bits that has exactly the same value; false if there is none.
inline bool to_half(float value, std::uint16_t& half) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000);
  const auto fraction = bits & 0x7FFFFF;
  const int exponent = static_cast<int>(bits >> 23 & 0xFF) - 127;
  if ((bits & 0x7FFFFFFF) == 0 || (exponent == 128 && fraction == 0)) {  // zero, infinity
    half = static_cast<std::uint16_t>(sign | (exponent == 128 ? 0x7C00 : 0));
    return true;
  }
  if (exponent < -24 || exponent > 15) return false;
  // Below 2^-14 the leading one is written out, and fewer digits fit.
  const bool is_subnormal = exponent < -14;
  const int lost = is_subnormal ? 13 - 14 - exponent : 13;
  const auto significand = is_subnormal ? fraction | 0x800000 : fraction;
  if ((significand & ((1U << lost) - 1)) != 0) return false;
  const auto biased = is_subnormal ? 0U : static_cast<unsigned>(exponent + 15);
  half = static_cast<std::uint16_t>(sign | biased << 10 | significand >> lost);
  return true;
}

// In the fewest of 16, 32 and 64 bits that keep the value; any NaN is f9 7e00.
inline char* write_float(char* at, double value) noexcept {
  const auto single = static_cast<float>(value);  // infinite where it does not fit
  if (static_cast<double>(single) == value) {
    std::uint16_t half;
    if (to_half(single, half)) return write_big_endian(write_initial(at, major::simple_or_float, 25), half);
    return write_big_endian(write_initial(at, major::simple_or_float, 26),
                            std::bit_cast<std::uint32_t>(single));
  }
  if (value != value)
    return write_big_endian(write_initial(at, major::simple_or_float, 25), std::uint16_t{0x7E00});
  return write_big_endian(write_initial(at, major::simple_or_float, 27), std::bit_cast<std::uint64_t>(value));
}

}  // namespace tidegate::codec::cbor
