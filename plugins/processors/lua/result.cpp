#include "result.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace tidegate::lua {

namespace {

[[noreturn]] void fail(lua_State* state, const std::string& text) {
  lua_pushlstring(state, text.data(), text.size());
  lua_error(state);
  throw std::logic_error{"lua_error returned"};
}

std::string kind_of(lua_State* state, int index) { return luaL_typename(state, index); }

// Only of what is a text, which a number would become.
std::string_view text_of(lua_State* state, int index) {
  std::size_t size = 0;
  const char* text = lua_tolstring(state, index, &size);
  return {text, size};
}

std::string_view key_of(lua_State* state, int index, const char* table) {
  if (lua_type(state, index) != LUA_TSTRING)
    fail(state, std::string{"process returned a sample whose "} + table + " have a " + kind_of(state, index) +
                    " as a name; it must be a text");
  if (text_of(state, index).empty())
    fail(state, std::string{"process returned a sample with an empty name in its "} + table);
  return text_of(state, index);
}

// Whether it is one sample, and not a list of them.
bool is_sample(lua_State* state, int index) {
  for (const auto* key : {"fields", "name", "time", "tags"}) {
    const bool is_there = lua_getfield(state, index, key) != LUA_TNIL;
    lua_pop(state, 1);
    if (is_there) return true;
  }
  return false;
}

int push_table(lua_State* state, int index, const char* key) {
  if (lua_getfield(state, index, key) != LUA_TTABLE)
    fail(state, std::string{"process returned a sample whose '"} + key + "' is a " + kind_of(state, -1) +
                    "; it must be a table");
  return lua_gettop(state);
}

// A type that Lua does not have is kept where the value fits it.
std::optional<series::plain_value> value_at(lua_State* state, int index, const field_value* before) {
  switch (lua_type(state, index)) {
    case LUA_TBOOLEAN:
      return series::plain_value::of(lua_toboolean(state, index) != 0);
    case LUA_TSTRING: {
      auto made = series::plain_value::of(text_of(state, index));
      if (before != nullptr && before->type() == type::bytes) made.type = type::bytes;
      return made;
    }
    case LUA_TNUMBER:
      break;
    default:
      return std::nullopt;
  }
  const bool was_unsigned = before != nullptr && before->type() == type::u64;
  if (lua_isinteger(state, index) != 0) {
    const auto whole = static_cast<std::int64_t>(lua_tointeger(state, index));
    if (was_unsigned && whole >= 0) return series::plain_value::of(static_cast<std::uint64_t>(whole));
    return series::plain_value::of(whole);
  }
  const double number = lua_tonumber(state, index);
  if (was_unsigned && before->as_u64() >> 63 != 0 && static_cast<double>(before->as_u64()) == number)
    return series::plain_value::of(before->as_u64());
  return series::plain_value::of(number);
}

}  // namespace

void result::read(lua_State* state, int index, const sample_view& from) {
  samples_.clear();
  tags_.clear();
  fields_.clear();
  bytes_ = 0;
  if (lua_toboolean(state, index) == 0) return;  // nil or false
  if (!lua_istable(state, index))
    fail(state, "process returned a " + kind_of(state, index) +
                    "; it must return the sample, a list of samples, or nil to drop it");
  if (is_sample(state, index)) return read_sample(state, index, from);
  const auto count = lua_rawlen(state, index);
  lua_pushnil(state);
  if (count == 0 && lua_next(state, index) != 0)
    fail(state,
         "process returned a table that is no sample, which has 'name' and 'fields', and no list of samples");
  for (lua_Unsigned item = 1; item <= count; ++item) {
    lua_rawgeti(state, index, static_cast<lua_Integer>(item));
    if (!lua_istable(state, -1))
      fail(state, "process returned a list in which item " + std::to_string(item) + " is a " +
                      kind_of(state, -1) + "; it must be a sample");
    read_sample(state, lua_gettop(state), from);
    lua_pop(state, 1);  // the list still holds it
  }
}

void result::read_sample(lua_State* state, int index, const sample_view& from) {
  luaL_checkstack(state, 8, nullptr);
  const int top = lua_gettop(state);
  made read{from.time(), {}, tags_.size(), 0, fields_.size(), 0};
  const auto bytes_before = bytes_;
  if (lua_getfield(state, index, "time") != LUA_TNIL) {
    int is_whole = 0;
    read.time = lua_type(state, -1) == LUA_TNUMBER ? lua_tointegerx(state, -1, &is_whole) : 0;
    if (is_whole == 0)
      fail(state, "process returned a sample whose 'time' is not a whole number of nanoseconds");
  }
  if (lua_getfield(state, index, "name") != LUA_TSTRING || text_of(state, -1).empty())
    fail(state, "process returned a sample without a 'name'");
  read.name = text_of(state, -1);
  bytes_ += read.name.size();
  if (lua_getfield(state, index, "tags") != LUA_TNIL) read_tags(state, push_table(state, index, "tags"));
  read_fields(state, push_table(state, index, "fields"), from);
  if (bytes_ - bytes_before > sample_bytes_max) fail(state, "process returned a sample of more than 1 MiB");
  read.tags = tags_.size() - read.first_tag;
  read.fields = fields_.size() - read.first_field;
  lua_settop(state, top);
  if (read.fields != 0 || from.size() == 0) samples_.push_back(read);
}

// An empty text is no tag.
void result::read_tags(lua_State* state, int table) {
  for (lua_pushnil(state); lua_next(state, table) != 0; lua_pop(state, 1)) {
    const auto key = key_of(state, -2, "tags");
    if (lua_type(state, -1) != LUA_TSTRING)
      fail(state, "process returned a sample whose tag '" + std::string{key} + "' is a " +
                      kind_of(state, -1) + "; it must be a text, which tostring() makes");
    const auto value = text_of(state, -1);
    if (!value.empty()) tags_.push_back({key, value});
    bytes_ += key.size() + value.size();
  }
}

void result::add_field(std::string_view name, const series::plain_value& value) {
  fields_.push_back({name, value});
  bytes_ += name.size() + value.text.size() + sizeof(std::uint64_t);
}

// Those that were there stay in their order; new ones follow by name, since a table has no order.
void result::read_fields(lua_State* state, int table, const sample_view& from) {
  const auto shape = from.shape();
  const auto first = fields_.size();
  for (lua_pushnil(state); lua_next(state, table) != 0; lua_pop(state, 1)) {
    const auto key = key_of(state, -2, "fields");
    const auto before = from.find(key);
    const auto value = value_at(state, -1, before ? &*before : nullptr);
    if (!value)
      fail(state, "process returned a sample whose field '" + std::string{key} + "' is a " +
                      kind_of(state, -1) + "; it must be a number, a text or a boolean");
    add_field(key, *value);
  }
  const auto place = [&](std::string_view name) {
    std::uint32_t column = 0;
    while (column < shape.size() && shape[column].name != name) ++column;
    return column;
  };
  std::sort(fields_.begin() + static_cast<std::ptrdiff_t>(first), fields_.end(),
            [&](const field& a, const field& b) {
              const auto of_a = place(a.name);
              const auto of_b = place(b.name);
              return of_a != of_b ? of_a < of_b : a.name < b.name;
            });
}

void result::put(series::outlet& out) const {
  const std::span tags{tags_};
  for (const auto& each : samples_) {
    auto sample = out.sample(out.series(each.name, tags.subspan(each.first_tag, each.tags)), each.time);
    for (std::size_t index = 0; index < each.fields; ++index) {
      const auto& [name, value] = fields_[each.first_field + index];
      value.put(sample, name);
    }
  }
}

}  // namespace tidegate::lua
