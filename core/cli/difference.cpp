#include "cli/difference.hpp"

#include <algorithm>
#include <cstdint>

namespace tidegate::cli {

namespace {

constexpr std::size_t cells_max = 4'000'000;

using line = difference_line;

std::vector<line> by_place(std::size_t expected, std::size_t came,
                           const std::function<bool(std::size_t, std::size_t)>& fits) {
  std::vector<line> all;
  for (std::size_t index = 0; index < std::max(expected, came); ++index) {
    if (index < expected && index < came && fits(index, index)) {
      all.push_back({line::kind::same, index});
      continue;
    }
    if (index < expected) all.push_back({line::kind::missing, index});
    if (index < came) all.push_back({line::kind::unexpected, index});
  }
  return all;
}

}  // namespace

std::vector<line> difference(std::size_t expected, std::size_t came,
                             const std::function<bool(std::size_t, std::size_t)>& fits) {
  const auto width = came + 1;
  if ((expected + 1) > cells_max / width) return by_place(expected, came, fits);
  // How many both have in common from here on.
  std::vector<std::uint32_t> common((expected + 1) * width);
  std::vector<bool> same(expected * width);
  for (auto row = expected; row-- > 0;)
    for (auto column = came; column-- > 0;) {
      same[row * width + column] = fits(row, column);
      common[row * width + column] = same[row * width + column] ? common[(row + 1) * width + column + 1] + 1
                                                                : std::max(common[(row + 1) * width + column],
                                                                           common[row * width + column + 1]);
    }
  std::vector<line> all;
  std::size_t row = 0;
  std::size_t column = 0;
  while (row < expected || column < came) {
    if (row < expected && column < came && same[row * width + column]) {
      all.push_back({line::kind::same, column++});
      ++row;
    } else if (row < expected &&
               (column == came || common[(row + 1) * width + column] >= common[row * width + column + 1])) {
      all.push_back({line::kind::missing, row++});
    } else {
      all.push_back({line::kind::unexpected, column++});
    }
  }
  return all;
}

}  // namespace tidegate::cli
