// By what is named here, not by what is left out: a function that a later Lua adds is not there.
//
// Left out are those that reach beyond the script (io, os, package, debug, print), that load code (load,
// dofile, require, string.dump), that hide work from the count of instructions (coroutines, and metatables
// with their finalizers and made-up lengths), and patterns, whose time has no bound; regex has them in linear
// time.
#include "library.hpp"

#include <algorithm>
#include <string_view>

#include "interpreter.hpp"
#include "regex.hpp"

namespace tidegate::lua {

namespace {

constexpr const char* base_functions[] = {"assert", "error",  "ipairs",   "next",     "pairs",
                                          "pcall",  "select", "tonumber", "tostring", "type"};
constexpr const char* string_functions[] = {"byte",     "char",    "format", "len",   "lower", "pack",
                                            "packsize", "reverse", "unpack", "upper", "sub"};
constexpr const char* table_functions[] = {"concat", "pack"};

std::uint64_t length(lua_State* state, int index) { return lua_rawlen(state, index); }

// The function that this one stands before, with what it was given.
int call_original(lua_State* state) {
  const int given = lua_gettop(state);
  lua_pushvalue(state, lua_upvalueindex(1));
  lua_insert(state, 1);
  lua_call(state, given, LUA_MULTRET);
  return lua_gettop(state);
}

// insert and remove move what lies behind, one by one.
int charge_length(lua_State* state) {
  luaL_checktype(state, 1, LUA_TTABLE);
  if (lua_gettop(state) > 1) interpreter::charge(state, length(state, 1) / 8);
  return call_original(state);
}

int charge_sorting(lua_State* state) {
  luaL_checktype(state, 1, LUA_TTABLE);
  interpreter::charge(state, length(state, 1) * 4);
  return call_original(state);
}

// The number of items from the one argument to the other, which may be any two integers.
void charge_range(lua_State* state, lua_Integer from, lua_Integer to) {
  if (to < from) return;
  const auto count = static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
  interpreter::charge(state, std::min<std::uint64_t>(count, std::uint64_t{1} << 62));
}

int charge_move(lua_State* state) {
  charge_range(state, luaL_checkinteger(state, 2), luaL_checkinteger(state, 3));
  return call_original(state);
}

int charge_unpacking(lua_State* state) {
  luaL_checktype(state, 1, LUA_TTABLE);
  const auto from = luaL_optinteger(state, 2, 1);
  charge_range(state, from, luaL_optinteger(state, 3, static_cast<lua_Integer>(length(state, 1))));
  return call_original(state);
}

// Nothing, repeated for ever, takes for ever.
int repeat(lua_State* state) {
  std::size_t size = 0;
  luaL_checklstring(state, 1, &size);
  std::size_t between = 0;
  luaL_optlstring(state, 3, "", &between);
  if (size + between != 0) {
    interpreter::charge(state,
                        static_cast<std::uint64_t>(std::max<lua_Integer>(luaL_checkinteger(state, 2), 0)));
    return call_original(state);
  }
  lua_pushliteral(state, "");
  return 1;
}

std::string_view text_argument(lua_State* state, int index) {
  std::size_t size = 0;
  const char* text = luaL_checklstring(state, index, &size);
  return {text, size};
}

int find_text(lua_State* state) {
  const auto text = text_argument(state, 1);
  const auto what = text_argument(state, 2);
  if (lua_toboolean(state, 4) == 0)
    return luaL_error(state,
                      "string.find looks for plain text here: string.find(text, what, 1, true); for patterns "
                      "there is regex.match(text, pattern)");
  auto from = luaL_optinteger(state, 3, 1);
  if (from < 0) from = std::max<lua_Integer>(static_cast<lua_Integer>(text.size()) + from + 1, 1);
  from = std::max<lua_Integer>(from, 1);
  interpreter::charge(state, (text.size() * what.size() + text.size()) / 64);
  const auto at = static_cast<std::uint64_t>(from - 1) > text.size()
                      ? std::string_view::npos
                      : text.find(what, static_cast<std::size_t>(from - 1));
  if (at == std::string_view::npos) {
    lua_pushnil(state);
    return 1;
  }
  lua_pushinteger(state, static_cast<lua_Integer>(at + 1));
  lua_pushinteger(state, static_cast<lua_Integer>(at + what.size()));
  return 2;
}

int refuse_patterns(lua_State* state) {
  return luaL_error(state,
                    "string.%s is not there, because the time of its patterns has no bound; use "
                    "regex.match(text, pattern) or regex.replace(text, pattern, with)",
                    lua_tostring(state, lua_upvalueindex(1)));
}

// From the table at the top to the one below it.
template <std::size_t Count>
void copy(lua_State* state, const char* const (&names)[Count]) {
  for (const auto* name : names) {
    lua_getfield(state, -1, name);
    lua_setfield(state, -3, name);
  }
}

void guard(lua_State* state, const char* name, lua_CFunction by) {
  lua_getfield(state, -1, name);
  lua_pushcclosure(state, by, 1);
  lua_setfield(state, -3, name);
}

void open_strings(lua_State* state) {
  lua_newtable(state);
  luaopen_string(state);
  copy(state, string_functions);
  guard(state, "rep", &repeat);
  lua_pop(state, 1);
  lua_pushcfunction(state, &find_text);
  lua_setfield(state, -2, "find");
  for (const auto* name : {"match", "gmatch", "gsub"}) {
    lua_pushstring(state, name);
    lua_pushcclosure(state, &refuse_patterns, 1);
    lua_setfield(state, -2, name);
  }
  // What ("text"):upper() finds.
  lua_pushliteral(state, "");
  lua_getmetatable(state, -1);
  lua_pushvalue(state, -3);
  lua_setfield(state, -2, "__index");
  lua_pop(state, 2);
}

void open_tables(lua_State* state) {
  lua_newtable(state);
  luaopen_table(state);
  copy(state, table_functions);
  guard(state, "insert", &charge_length);
  guard(state, "remove", &charge_length);
  guard(state, "sort", &charge_sorting);
  guard(state, "move", &charge_move);
  guard(state, "unpack", &charge_unpacking);
  lua_pop(state, 1);
}

}  // namespace

void open_library(lua_State* state) {
  luaL_checkstack(state, 20, nullptr);
  lua_newtable(state);  // the globals of the script
  luaopen_base(state);  // fills those that the state has now
  copy(state, base_functions);
  lua_pop(state, 1);
  open_strings(state);
  lua_setfield(state, -2, "string");
  open_tables(state);
  lua_setfield(state, -2, "table");
  luaopen_math(state);
  lua_setfield(state, -2, "math");
  luaopen_utf8(state);
  lua_setfield(state, -2, "utf8");
  open_regex(state);
  lua_setfield(state, -2, "regex");
  lua_rawseti(state, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

}  // namespace tidegate::lua
