#include "frame_end.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace tidegate::file_source {
namespace {

// As in DECODING.md.
constexpr std::size_t frame_bytes_default = 64 * 1024;
// A delimiter and what else belongs to a frame and does not count.
constexpr std::size_t beside_frame = 64;

// "0x7e", "0x02 0x03"; text is itself. The decoder refuses what is neither.
std::string read_bytes(std::string_view given) {
  if (!given.starts_with("0x")) return std::string{given};
  std::string made;
  while (!given.empty()) {
    if (given.starts_with(' ') || given.starts_with("0x")) {
      given.remove_prefix(given.front() == ' ' ? 1 : 2);
      continue;
    }
    unsigned char byte = 0;
    const auto digits = given.substr(0, 2);
    std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    made += static_cast<char>(byte);
    given.remove_prefix(digits.size());
  }
  return made;
}

std::string delimiter_of(const options& framing, const options& format) {
  // What a binary message is by nature is as long as its layout.
  const bool is_given = !framing.is_null();
  const auto by_nature = !is_given && format["type"].text() == "binary" ? "fixed" : "line";
  const auto type = is_given && framing.has("type") ? framing["type"].string() : std::string{by_nature};
  if (type == "slip") return "\xc0";
  if (type == "cobs") return std::string(1, '\0');
  if (type != "line") return {};
  if (!is_given) return "\n";
  if (framing.has("delimiter")) return read_bytes(framing["delimiter"].string());
  const auto ending = framing.has("ending") ? framing["ending"].string() : std::string{"lf"};
  return ending == "crlf" ? "\r\n" : ending == "cr" ? "\r" : "\n";
}

bool read_whole(int file, std::string& into, std::uint64_t offset) {
  for (std::size_t length = 0; length < into.size();) {
    const auto got =
        ::pread(file, into.data() + length, into.size() - length, static_cast<off_t>(offset + length));
    if (got <= 0) return false;
    length += static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

frame_end::frame_end(const options& framing, const options& format)
    : delimiter_{delimiter_of(framing, format)},
      frame_bytes_max_{!framing.is_null() && framing.has("max_size")
                           ? static_cast<std::size_t>(framing["max_size"].integer())
                           : frame_bytes_default} {}

std::uint64_t frame_end::last(int file, std::uint64_t size) const {
  if (delimiter_.empty() || size == 0) return size;
  const auto looked_at = std::min<std::uint64_t>(size, frame_bytes_max_ + beside_frame);
  const auto begin = size - looked_at;
  std::string bytes(static_cast<std::size_t>(looked_at), '\0');
  if (!read_whole(file, bytes, begin)) return size;
  const auto found = bytes.rfind(delimiter_);
  // Without one there, what follows belongs to a frame that is too long, and is skipped as such.
  return found == bytes.npos ? begin : begin + found + delimiter_.size();
}

}  // namespace tidegate::file_source
