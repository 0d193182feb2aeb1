// Patterns over names: `*` stands for any run of characters, also none, `?` for any one. There is no more, so
// that a name may hold every other character.
#pragma once

#include <string_view>

namespace tidegate::config {

// Whether it is more than a name.
inline bool is_glob(std::string_view text) noexcept {
  return text.find_first_of("*?") != std::string_view::npos;
}

// Of the whole text. Linear in practice, and quadratic at worst.
bool glob_fits(std::string_view pattern, std::string_view text) noexcept;

}  // namespace tidegate::config
