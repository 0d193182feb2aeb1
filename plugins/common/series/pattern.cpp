#include "series/pattern.hpp"

namespace tidegate::series {

// Goes on behind the last star when something does not fit: earlier stars need not be tried again.
bool fits(std::string_view pattern, std::string_view text) noexcept {
  constexpr auto none = std::string_view::npos;
  std::size_t at = 0;
  std::size_t behind_star = none;
  std::size_t star_ends = 0;
  for (std::size_t next = 0; next < text.size();) {
    if (at < pattern.size() && pattern[at] == '*') {
      behind_star = ++at;
      star_ends = next;
    } else if (at < pattern.size() && (pattern[at] == '?' || pattern[at] == text[next])) {
      ++at;
      ++next;
    } else if (behind_star != none) {
      at = behind_star;
      next = ++star_ends;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

patterns::patterns(const options& given) {
  if (given.type() == TIDEGATE_TYPE_STRING) add(given);
  for (std::uint32_t index = 0; index < given.size(); ++index) add(given[index]);
}

void patterns::add(const options& given) {
  if (given.text().empty())
    throw configuration_error(given.path(), "is empty and would fit nothing; write a name, or * for all");
  all_.push_back(given.string());
}

bool patterns::fit(std::string_view text) const noexcept {
  if (all_.empty()) return true;
  for (const auto& each : all_)
    if (fits(each, text)) return true;
  return false;
}

}  // namespace tidegate::series
