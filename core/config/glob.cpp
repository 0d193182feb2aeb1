#include "config/glob.hpp"

#include <cstddef>

namespace tidegate::config {

bool glob_fits(std::string_view pattern, std::string_view text) noexcept {
  constexpr auto none = std::string_view::npos;
  std::size_t at = 0;
  std::size_t star = none;  // the last one seen, which takes what else nothing fits
  std::size_t star_end = 0;
  std::size_t index = 0;
  while (index < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      star_end = index;
    } else if (at < pattern.size() && (pattern[at] == '?' || pattern[at] == text[index])) {
      ++at;
      ++index;
    } else if (star != none) {
      at = star + 1;
      index = ++star_end;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

}  // namespace tidegate::config
