#include "config/value.hpp"

#include <algorithm>
#include <charconv>

#include "config/message.hpp"

namespace tidegate::config {

namespace {

// Both hold the same type.
struct comparison {
  const value& other;
  bool operator()(const value::list& items) const {
    return std::equal(items.begin(), items.end(), other.items().begin(), other.items().end(), same);
  }
  bool operator()(const value::map& entries) const {
    const auto both = [](const auto& a, const auto& b) {
      return a.first == b.first && same(a.second, b.second);
    };
    return std::equal(entries.begin(), entries.end(), other.entries().begin(), other.entries().end(), both);
  }
  template <class Plain>
  bool operator()(const Plain& plain) const {
    return plain == std::get<Plain>(other.data);
  }
};

// Cuts "[2]" or "name" off the front of a path and gives what it leads to; null if it leads nowhere.
const value* step(const value& from, std::string_view& path) {
  if (path.starts_with('[')) {
    std::size_t index = 0;
    const auto [stopped, failed] = std::from_chars(path.data() + 1, path.data() + path.size(), index);
    const auto* items = std::get_if<value::list>(&from.data);
    if (failed != std::errc{} || stopped == path.data() + path.size() || *stopped != ']') return nullptr;
    path.remove_prefix(static_cast<std::size_t>(stopped - path.data()) + 1);
    return items != nullptr && index < items->size() ? &(*items)[index] : nullptr;
  }
  if (path.starts_with('.')) path.remove_prefix(1);
  const auto name = path.substr(0, path.find_first_of(".["));
  path.remove_prefix(name.size());
  return from.find(name);
}

std::string number_text(double number) {
  char room[64];
  return {room, std::to_chars(room, room + sizeof room, number).ptr};
}

struct display {
  std::string operator()(std::monostate) const { return "null"; }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const { return number_text(number); }
  std::string operator()(const std::string& text) const { return in_quotes(text); }
  std::string operator()(const value::list& items) const {
    std::string all = "[";
    for (const auto& item : items) all += (all.size() == 1 ? "" : ", ") + to_display(item);
    return all + "]";
  }
  std::string operator()(const value::map& entries) const {
    std::string all = "{";
    for (const auto& [key, held] : entries)
      all += (all.size() == 1 ? "" : ", ") + shown(key) + ": " + to_display(held);
    return all + "}";
  }
};

}  // namespace

const value* value::find(std::string_view key) const noexcept {
  const auto* entries_held = std::get_if<map>(&data);
  if (entries_held == nullptr) return nullptr;
  for (const auto& [name, held] : *entries_held)
    if (name == key) return &held;
  return nullptr;
}

bool same(const value& a, const value& b) {
  return a.data.index() == b.data.index() && std::visit(comparison{b}, a.data);
}

position position_of(const value& root, std::string_view path) {
  auto where = root.where;
  const auto* at = &root;
  while (!path.empty()) {
    at = step(*at, path);
    if (at == nullptr) break;
    if (at->where.line != 0) where = at->where;
  }
  return where;
}

std::string to_display(const value& what) {
  return what.secret ? "(secret)" : std::visit(display{}, what.data);
}

}  // namespace tidegate::config
