// Bytes as hexadecimal digits, and back.
#pragma once

#include <string>
#include <string_view>

namespace tidegate::codec {

inline std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string made;
  for (const char byte : bytes) {
    made += digits[static_cast<unsigned char>(byte) >> 4];
    made += digits[static_cast<unsigned char>(byte) & 15];
  }
  return made;
}

inline std::string unhex(std::string_view digits) {
  std::string made;
  for (std::size_t at = 0; at + 1 < digits.size(); at += 2)
    made += static_cast<char>(std::stoi(std::string{digits.substr(at, 2)}, nullptr, 16));
  return made;
}

}  // namespace tidegate::codec
