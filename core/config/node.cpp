#include "config/node.hpp"

#include <utility>

namespace tidegate::config {

const node::entry* node::find(std::string_view key) const noexcept {
  for (const auto& one : entries)
    if (one.key == key) return &one;
  return nullptr;
}

node make_text(std::string text) {
  node made;
  made.type = node::kind::scalar;
  made.quoted = true;
  made.text = std::move(text);
  return made;
}

}  // namespace tidegate::config
