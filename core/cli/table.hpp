// Columns for people.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace tidegate::cli {

// Rows of as many cells as there are heads. Each column is as wide as its widest cell, and numbers stand to
// the right; the last column ends where its text does.
class table {
 public:
  enum class side { left, right };
  struct head {
    std::string text;
    side stands = side::left;
  };

  explicit table(std::vector<head> heads) : heads_{std::move(heads)} {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const noexcept { return rows_.empty(); }
  // To standard output.
  void print() const;

 private:
  std::vector<head> heads_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace tidegate::cli
