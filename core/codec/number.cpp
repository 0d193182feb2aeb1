#include "codec/number.hpp"

#include <array>
#include <cmath>
#include <cstring>

namespace tidegate::codec {
namespace {

constexpr std::array<double, 10> power_of_ten{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

bool has_point(const char* begin, const char* end) noexcept {
  return std::memchr(begin, '.', static_cast<std::size_t>(end - begin)) != nullptr;
}

// Takes back zeros behind the point, but for the first digit there.
char* trim_zeros(char* end) noexcept {
  while (end[-1] == '0' && end[-2] != '.') --end;
  return end;
}

// scaled * 10^-decimals, for one decimal or more.
char* write_fraction(char* at, std::uint64_t scaled, int decimals, std::uint64_t power) noexcept {
  at = write_integer(at, scaled / power);
  *at++ = '.';
  auto fraction = static_cast<std::uint32_t>(scaled % power);
  // Most measured values have no more than three, and zeros that are not written need not be trimmed.
  if (decimals > 3 && fraction % 1000 == 0) {
    fraction /= 1000;
    decimals -= 3;
  }
  return trim_zeros(write_digits(at, fraction, decimals));
}

// Most measured values have a few decimals, which is quicker to find out than the shortest digits of any
// number. If value == scaled / 10^6 in doubles then the decimal number scaled * 10^-6 reads back as the
// value, and since it has 15 digits at most no other number with as few does: it is the shortest.
char* write_few_decimals(char* at, double magnitude) noexcept {
  constexpr int decimals = 6;
  constexpr std::uint64_t power = 1'000'000;
  const double product = magnitude * 1e6;
  const auto scaled = static_cast<std::uint64_t>(product + 0.5);
  // Far enough away to say no without the division, which is what costs: two roundings are 2^-52 at most.
  constexpr double doubt = 0x1p-51;
  if (std::fabs(product - static_cast<double>(scaled)) > product * doubt) return nullptr;
  if (static_cast<double>(scaled) / 1e6 != magnitude) return nullptr;
  return write_fraction(at, scaled, decimals, power);
}

// Rounds where there is no doubt about it: the product is wrong by less than 1e-6, so that further away
// from the middle the nearest integer is the right one.
bool round_surely(double magnitude, int decimals, std::uint64_t& rounded) noexcept {
  if (decimals >= static_cast<int>(power_of_ten.size())) return false;
  const double scaled = magnitude * power_of_ten[static_cast<std::size_t>(decimals)];
  if (scaled >= 1e9) return false;
  rounded = static_cast<std::uint64_t>(scaled);
  const double rest = scaled - static_cast<double>(rounded);
  if (std::fabs(rest - 0.5) < 1e-6) return false;
  if (rest > 0.5) ++rounded;
  return true;
}

bool is_zero(const char* begin, const char* end) noexcept {
  for (; begin != end; ++begin)
    if (*begin != '0' && *begin != '.') return false;
  return true;
}

}  // namespace

char* write_shortest(char* at, double value) noexcept {
  if (std::signbit(value)) *at++ = '-';
  const double magnitude = std::fabs(value);
  const bool is_plain = magnitude == 0 || (magnitude >= 1e-4 && magnitude < 1e16);
  if (!is_plain)
    return std::to_chars(at, at + number_bytes_max, magnitude, std::chars_format::scientific).ptr;
  const bool may_be_few = magnitude < 1e9;
  if (may_be_few)
    if (char* end = write_few_decimals(at, magnitude)) return end;
  char* end = std::to_chars(at, at + number_bytes_max, magnitude, std::chars_format::fixed).ptr;
  if (may_be_few || has_point(at, end)) return end;
  *end++ = '.';
  *end++ = '0';
  return end;
}

char* write_rounded(char* at, double value, int decimals) noexcept {
  const double magnitude = std::fabs(value);
  // From here on doubles are whole, and to_chars would write hundreds of digits.
  if (magnitude >= 1e16) return write_shortest(at, value);
  char* const digits = std::signbit(value) ? at + 1 : at;
  char* end;
  if (std::uint64_t rounded = 0; round_surely(magnitude, decimals, rounded)) {
    const auto power = static_cast<std::uint64_t>(power_of_ten[static_cast<std::size_t>(decimals)]);
    end = decimals == 0 ? write_integer(digits, rounded) : write_fraction(digits, rounded, decimals, power);
  } else {
    end = std::to_chars(digits, digits + number_bytes_max - 1, magnitude, std::chars_format::fixed, decimals)
              .ptr;
    if (decimals != 0) end = trim_zeros(end);
  }
  if (digits == at) return end;
  *at = '-';
  if (!is_zero(digits, end)) return end;
  const auto length = static_cast<std::size_t>(end - digits);
  std::memmove(at, digits, length);
  return at + length;
}

}  // namespace tidegate::codec
