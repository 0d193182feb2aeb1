#include "cli/table.hpp"

#include <algorithm>
#include <cstdio>

namespace tidegate::cli {

void table::print() const {
  std::vector<std::size_t> widths;
  std::vector<std::string> titles;
  for (const auto& each : heads_) {
    widths.push_back(each.text.size());
    titles.push_back(each.text);
  }
  for (const auto& row : rows_)
    for (std::size_t column = 0; column < row.size(); ++column)
      widths[column] = std::max(widths[column], row[column].size());
  const auto print_row = [&](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
      const std::string room(widths[column] - row[column].size(), ' ');
      line += heads_[column].stands == side::right ? room + row[column] : row[column] + room;
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    std::printf("%s\n", line.c_str());
  };
  print_row(titles);
  for (const auto& row : rows_) print_row(row);
}

}  // namespace tidegate::cli
