#include "config/message.hpp"

#include <array>

namespace tidegate::config {

namespace {

constexpr std::size_t shown_bytes_max = 60;
constexpr std::size_t listed_max = 24;

std::string escaped(unsigned char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  if (byte == '\n') return "\\n";
  if (byte == '\t') return "\\t";
  if (byte == '\r') return "\\r";
  return {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
}

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

std::string shown(std::string_view text) {
  auto length = text.size();
  if (length > shown_bytes_max) {
    length = shown_bytes_max;
    while (length > 0 && is_continuation(text[length])) --length;
  }
  std::string line;
  for (const char letter : text.substr(0, length)) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte < 0x20 || byte == 0x7f)
      line += escaped(byte);
    else
      line += letter;
  }
  if (length < text.size()) line += "...";
  return line;
}

std::string in_quotes(std::string_view text) { return "'" + shown(text) + "'"; }

std::string listed(const std::vector<std::string>& names) {
  std::string all;
  for (std::size_t index = 0; index < names.size(); ++index) {
    if (index == listed_max) return all + " and " + std::to_string(names.size() - listed_max) + " more";
    if (index != 0) all += ", ";
    all += shown(names[index]);
  }
  return all;
}

std::string child_path(const std::string& path, std::string_view key) {
  return path.empty() ? shown(key) : path + "." + shown(key);
}

std::string child_path(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

}  // namespace tidegate::config
