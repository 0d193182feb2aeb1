// Puts constant texts together at compile time, for schemas of which components share a part.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace tidegate {

// joined_text<head, shared, tail>::value; the parts are constants of namespace scope.
template <const std::string_view&... Parts>
struct joined_text {
  static constexpr std::size_t length = (Parts.size() + ... + 0);
  static constexpr std::array<char, length> characters = [] {
    std::array<char, length> made{};
    std::size_t at = 0;
    const auto append = [&](std::string_view part) {
      for (const char c : part) made[at++] = c;
    };
    (append(Parts), ...);
    return made;
  }();
  static constexpr std::string_view value{characters.data(), characters.size()};
};

}  // namespace tidegate
