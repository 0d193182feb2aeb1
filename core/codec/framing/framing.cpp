#include "codec/framing/framing.hpp"

#include "codec/framing/framings.hpp"
#include "codec/settings.hpp"

namespace tidegate::codec {
namespace {

constexpr std::size_t frame_bytes_default = 64 * 1024;
constexpr std::size_t bytes_max = 32;

int digit_of(char letter) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto at = digits.find(static_cast<char>(letter | 0x20));
  return at == digits.npos ? -1 : static_cast<int>(at);
}

// "7e 7d", "0x02 0x03" without its first 0x; nothing if it is no such thing.
std::string hexadecimal(std::string_view text) {
  std::string made;
  while (!text.empty()) {
    if (text.front() == ' ') {
      text.remove_prefix(1);
      continue;
    }
    if (text.starts_with("0x")) text.remove_prefix(2);
    if (text.size() < 2 || digit_of(text[0]) < 0 || digit_of(text[1]) < 0) return {};
    made += static_cast<char>(digit_of(text[0]) * 16 + digit_of(text[1]));
    text.remove_prefix(2);
  }
  return made;
}

}  // namespace

std::string read_bytes(const options& text) {
  const auto given = text.string();
  const auto made = given.starts_with("0x") ? hexadecimal(given) : given;
  if (!made.empty() && made.size() <= bytes_max) return made;
  throw configuration_error(
      text.path(), "must be 1 to " + std::to_string(bytes_max) +
                       " bytes, as text such as \"\\r\\n\" or hexadecimal such as 0x7e; this is '" + given +
                       "'");
}

std::unique_ptr<const framing_plan> make_framing(const options& framing) {
  const options root{framing.raw()};
  const auto type = text_or(root, "type", "line");
  const auto frame_bytes_max =
      root.has("max_size") ? static_cast<std::size_t>(root["max_size"].integer()) : frame_bytes_default;
  if (type == "line") return make_line_framing(root, frame_bytes_max);
  if (type == "fixed") return make_fixed_framing(root, frame_bytes_max);
  if (type == "length-prefixed") return make_length_framing(root, frame_bytes_max);
  if (type == "markers") return make_marker_framing(root, frame_bytes_max);
  if (type == "slip") return make_slip_framing(frame_bytes_max);
  if (type == "cobs") return make_cobs_framing(frame_bytes_max);
  if (type == "silence") return make_silence_framing(root, frame_bytes_max);
  if (type == "datagram") return make_datagram_framing(frame_bytes_max);
  throw configuration_error("type",
                            "must be one of line, fixed, length-prefixed, markers, slip, cobs, silence, "
                            "datagram; this is '" +
                                type + "'");
}

}  // namespace tidegate::codec
