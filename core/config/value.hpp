// A checked configuration value: what a schema made of a node of the file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "config/position.hpp"

namespace tidegate::config {

// A tree of plain values. Durations are nanoseconds and sizes bytes, both as integers; paths are
// absolute; references are expanded; defaults are filled in; an option that was not given and has no
// default is null. Copies are deep. No thread rule: a value.
struct value {
  struct entry;
  using list = std::vector<value>;
  using map = std::vector<entry>;  // in the order of the file

  std::variant<std::monostate, bool, std::int64_t, double, std::string, list, map> data;
  position where;
  bool secret = false;  // never shown; see to_display()

  bool is_null() const noexcept { return std::holds_alternative<std::monostate>(data); }
  // The entry of a map, or null if this is no map or has no such key.
  const value* find(std::string_view key) const noexcept;

  // The accessors must fit the type; the schema has seen to that.
  bool boolean() const { return std::get<bool>(data); }
  std::int64_t integer() const { return std::get<std::int64_t>(data); }
  const std::string& text() const { return std::get<std::string>(data); }
  const list& items() const { return std::get<list>(data); }
  const map& entries() const { return std::get<map>(data); }
};

// Used as a std::pair; one of those cannot hold the type it is part of (clang 14 with libstdc++ 12).
struct value::entry {
  entry(std::string key, value held) : first{std::move(key)}, second{std::move(held)} {}
  std::string first;
  value second;
};

// Equal in content; positions do not count.
bool same(const value& a, const value& b);

// Where the option at `path` ("tls.key", "columns[2].name") inside `root` stands; if it was not written
// there, where the nearest one around it stands. For errors that a component finds in its options.
position position_of(const value& root, std::string_view path);

// One line for a human, in YAML's notation; secrets as "(secret)".
std::string to_display(const value& what);

}  // namespace tidegate::config
