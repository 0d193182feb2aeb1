#include "sample_table.hpp"

#include <cstdint>
#include <limits>
#include <string_view>

namespace tidegate::lua {

namespace {

void push_text(lua_State* state, std::string_view text) { lua_pushlstring(state, text.data(), text.size()); }

// Integers of Lua have a sign: what is larger becomes the nearest number, and stays what it was if the script
// leaves it alone (result.cpp).
void push_value(lua_State* state, const field_value& value) {
  switch (value.type()) {
    case type::boolean:
      return lua_pushboolean(state, value.as_boolean() ? 1 : 0);
    case type::i64:
      return lua_pushinteger(state, value.as_i64());
    case type::u64:
      if (value.as_u64() <= static_cast<std::uint64_t>(std::numeric_limits<lua_Integer>::max()))
        return lua_pushinteger(state, static_cast<lua_Integer>(value.as_u64()));
      return lua_pushnumber(state, static_cast<double>(value.as_u64()));
    case type::f64:
      return lua_pushnumber(state, value.as_f64());
    default:
      return push_text(state, value.as_text());
  }
}

std::uint32_t count_entries(lua_State* state, int table) {
  std::uint32_t count = 0;
  for (lua_pushnil(state); lua_next(state, table) != 0; lua_pop(state, 1)) ++count;
  return count;
}

// NaN is not equal to itself, and as good as changed.
bool has(lua_State* state, int table, std::string_view key, const field_value& value) {
  push_text(state, key);
  lua_rawget(state, table);
  push_value(state, value);
  const bool same = lua_rawequal(state, -1, -2) != 0 && lua_isinteger(state, -1) == lua_isinteger(state, -2);
  lua_pop(state, 2);
  return same;
}

bool has_text(lua_State* state, int table, std::string_view key, std::string_view text) {
  push_text(state, key);
  lua_rawget(state, table);
  push_text(state, text);
  const bool same = lua_rawequal(state, -1, -2) != 0;
  lua_pop(state, 2);
  return same;
}

bool has_tags(lua_State* state, int table, const sample_view& sample) {
  std::uint32_t count = 0;
  for (const auto tag : sample.series().tags()) {
    if (!has_text(state, table, tag.key, tag.value)) return false;
    ++count;
  }
  return count_entries(state, table) == count;
}

bool has_fields(lua_State* state, int table, const sample_view& sample) {
  const auto shape = sample.shape();
  for (std::uint32_t column = 0; column < shape.size(); ++column)
    if (!has(state, table, shape[column].name, sample.value(column))) return false;
  return count_entries(state, table) == shape.size();
}

}  // namespace

void push_sample(lua_State* state, const sample_view& sample) {
  lua_createtable(state, 0, 4);
  lua_pushinteger(state, sample.time());
  lua_setfield(state, -2, "time");
  push_text(state, sample.name());
  lua_setfield(state, -2, "name");
  lua_newtable(state);
  for (const auto tag : sample.series().tags()) {
    push_text(state, tag.key);
    push_text(state, tag.value);
    lua_rawset(state, -3);
  }
  lua_setfield(state, -2, "tags");
  const auto shape = sample.shape();
  lua_createtable(state, 0, static_cast<int>(shape.size()));
  // Of a field that is given twice, readers find the first.
  for (auto column = shape.size(); column-- > 0;) {
    push_text(state, shape[column].name);
    push_value(state, sample.value(column));
    lua_rawset(state, -3);
  }
  lua_setfield(state, -2, "fields");
}

bool is_unchanged(lua_State* state, int index, const sample_view& sample) {
  const int top = lua_gettop(state);
  lua_getfield(state, index, "time");
  int is_integer = 0;
  const bool same_time = lua_type(state, -1) == LUA_TNUMBER && lua_isinteger(state, -1) != 0 &&
                         lua_tointegerx(state, -1, &is_integer) == sample.time();
  bool same = same_time && has_text(state, index, "name", sample.name());
  for (const auto* part : {"tags", "fields"}) {
    if (!same) break;
    lua_getfield(state, index, part);
    const int table = lua_gettop(state);
    same = lua_istable(state, table) &&
           (*part == 't' ? has_tags(state, table, sample) : has_fields(state, table, sample));
  }
  lua_settop(state, top);
  return same;
}

}  // namespace tidegate::lua
