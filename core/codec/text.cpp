#include "codec/text.hpp"

namespace tidegate::codec {
namespace {

constexpr bool is_between(unsigned char byte, unsigned low, unsigned high) noexcept {
  return byte >= low && byte <= high;
}

// How many bytes follow a lead byte, and between what the first of them lies (Unicode, table 3-7): that
// keeps out overlong forms, surrogates and what is beyond U+10FFFF.
struct lead {
  std::size_t following;
  unsigned low = 0x80;
  unsigned high = 0xBF;
};

constexpr lead look_at_lead(unsigned char byte) noexcept {
  if (is_between(byte, 0xC2, 0xDF)) return {1};
  if (byte == 0xE0) return {2, 0xA0, 0xBF};
  if (byte == 0xED) return {2, 0x80, 0x9F};
  if (is_between(byte, 0xE1, 0xEF)) return {2};
  if (byte == 0xF0) return {3, 0x90, 0xBF};
  if (is_between(byte, 0xF1, 0xF3)) return {3};
  if (byte == 0xF4) return {3, 0x80, 0x8F};
  return {0};
}

struct escapes {
  // "\u00XX" or two characters.
  std::array<std::array<char, 6>, 128> text{};
  std::array<std::uint8_t, 128> length{};
};

constexpr escapes make_escapes() {
  constexpr std::string_view hex = "0123456789abcdef";
  constexpr std::string_view shorthand = "\"\"\\\\\bb\ff\nn\rr\tt";
  escapes made{};
  for (std::size_t byte = 0; byte < 128; ++byte) {
    made.text[byte] = {'\\', 'u', '0', '0', hex[byte / 16], hex[byte % 16]};
    made.length[byte] = 6;
  }
  for (std::size_t index = 0; index < shorthand.size(); index += 2) {
    const auto byte = static_cast<std::size_t>(shorthand[index]);
    made.text[byte][1] = shorthand[index + 1];
    made.length[byte] = 2;
  }
  return made;
}

}  // namespace

sequence look_at_sequence(const char* at, const char* end) noexcept {
  const auto first = look_at_lead(static_cast<unsigned char>(*at));
  if (first.following == 0) return {1, false};
  const auto available = static_cast<std::size_t>(end - at) - 1;
  for (std::size_t index = 0; index < first.following; ++index) {
    if (index == available) return {1 + index, false};
    const auto byte = static_cast<unsigned char>(at[1 + index]);
    const bool fits = index == 0 ? is_between(byte, first.low, first.high) : is_between(byte, 0x80, 0xBF);
    if (!fits) return {1 + index, false};
  }
  return {1 + first.following, true};
}

std::string_view json_escape(char byte) noexcept {
  static constexpr escapes table = make_escapes();
  const auto index = static_cast<unsigned char>(byte) & 0x7FU;
  return {table.text[index].data(), table.length[index]};
}

void append_json_text(std::string& to, std::string_view text) {
  to += '"';
  json_text(text, [&](std::string_view piece) { to += piece; });
  to += '"';
}

char* write_base64(char* at, std::string_view bytes) noexcept {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (!bytes.empty()) {
    const auto count = bytes.size() < 3 ? bytes.size() : 3;
    std::uint32_t group = 0;
    for (std::size_t index = 0; index < 3; ++index)
      group = group << 8 | (index < count ? static_cast<unsigned char>(bytes[index]) : 0U);
    at[0] = digits[group >> 18 & 63];
    at[1] = digits[group >> 12 & 63];
    at[2] = count > 1 ? digits[group >> 6 & 63] : '=';
    at[3] = count > 2 ? digits[group & 63] : '=';
    at += 4;
    bytes.remove_prefix(count);
  }
  return at;
}

}  // namespace tidegate::codec
