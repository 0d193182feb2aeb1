// The raw tree of a file: texts with positions, before any schema has said what they are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/position.hpp"

namespace tidegate::config {

// A value; copies are deep. Trees come from yaml.hpp, which limits their depth and size, or from json.hpp.
struct node {
  enum class kind { null, scalar, list, map };
  struct entry;

  kind type = kind::null;
  bool quoted = false;  // a scalar in quotes, or a block text: never a number or a boolean
  std::string text;  // of a scalar, as written, references not expanded; of null, "null" if it is written out
  std::vector<node> items;
  std::vector<entry> entries;  // in the order of the file; no key twice
  position where;              // of the value
  position named;              // of the key it stands under; the same as `where` elsewhere

  const entry* find(std::string_view key) const noexcept;
};

struct node::entry {
  std::string key;
  position where;
  node value;
};

node make_text(std::string text);

}  // namespace tidegate::config
