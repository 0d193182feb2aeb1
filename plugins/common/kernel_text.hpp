// Takes apart the texts of /proc and /sys by hand: no I/O, no allocation, no locale, any bytes.
//
// The functions take what they read off the front of `text`, and nothing where it is not there.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tidegate::common {

// Only lines that end are taken: a number at the cut end of a text may lack its last digits.
inline std::optional<std::string_view> take_line(std::string_view& text) noexcept {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

inline bool take_prefix(std::string_view& text, std::string_view prefix) noexcept {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

inline void skip_blanks(std::string_view& text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

// Whether a number that was just taken ends here.
inline bool at_word_end(std::string_view text) noexcept {
  return text.empty() || text.front() == ' ' || text.front() == '\t' || text.front() == '\n';
}

// Decimal digits that stand for no more than `max`. Of a number that is larger the digits are gone.
inline std::optional<std::uint64_t> take_unsigned(std::string_view& text, std::uint64_t max) noexcept {
  std::uint64_t value = 0;
  std::size_t length = 0;
  for (; length < text.size() && text[length] >= '0' && text[length] <= '9'; ++length) {
    const auto digit = static_cast<std::uint64_t>(text[length] - '0');
    if (digit > max || value > (max - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  if (length == 0) return std::nullopt;
  text.remove_prefix(length);
  return value;
}

// "0.25", "2596.120", "7": at most 15 digits, so that the result is the double nearest to the text.
inline std::optional<double> take_decimal(std::string_view& text) noexcept {
  std::uint64_t digits = 0;
  double divisor = 1;
  std::size_t count = 0;
  std::size_t length = 0;
  bool behind_point = false;
  for (; length < text.size(); ++length) {
    const char letter = text[length];
    if (letter == '.' && !behind_point && count != 0) {
      behind_point = true;
      continue;
    }
    if (letter < '0' || letter > '9') break;
    if (++count > 15) return std::nullopt;
    digits = digits * 10 + static_cast<std::uint64_t>(letter - '0');
    if (behind_point) divisor *= 10;
  }
  if (count == 0 || text[length - 1] == '.') return std::nullopt;
  text.remove_prefix(length);
  return static_cast<double>(digits) / divisor;
}

}  // namespace tidegate::common
