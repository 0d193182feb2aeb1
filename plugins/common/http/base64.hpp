// Base64 (RFC 4648, section 4), with padding.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tidegate::http {

inline std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string made;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const auto part = bytes.substr(at, 3);
    unsigned group = 0;
    for (std::size_t index = 0; index < 3; ++index)
      group = group << 8 | (index < part.size() ? static_cast<unsigned char>(part[index]) : 0U);
    for (std::size_t index = 0; index < 4; ++index)
      made += index <= part.size() ? digits[group >> (18 - 6 * index) & 63] : '=';
  }
  return made;
}

}  // namespace tidegate::http
