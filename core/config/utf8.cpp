#include "config/utf8.hpp"

namespace tidegate::config {

namespace {

unsigned byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

// The length of the sequence that begins with this byte, 0 if none does.
std::size_t length_of(unsigned first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

// Overlong forms, surrogates and what lies beyond U+10FFFF show in the second byte.
bool fits_second(unsigned first, unsigned second) {
  if (first == 0xE0) return second >= 0xA0;
  if (first == 0xED) return second < 0xA0;
  if (first == 0xF0) return second >= 0x90;
  return first != 0xF4 || second < 0x90;
}

}  // namespace

std::size_t invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto first = byte_at(text, at);
    const auto length = length_of(first);
    if (length == 0 || at + length > text.size()) return at;
    for (std::size_t next = 1; next < length; ++next)
      if ((byte_at(text, at + next) & 0xC0) != 0x80) return at;
    if (length > 1 && !fits_second(first, byte_at(text, at + 1))) return at;
    at += length;
  }
  return std::string_view::npos;
}

}  // namespace tidegate::config
