#include "saved_values.hpp"

#include "series/snapshot.hpp"

namespace tidegate::lua {

namespace {

constexpr int depth_max = 16;

// Behind the last entry of a table stands `end`.
enum class kind : std::uint8_t { end, boolean, integer, number, text, table };

class saver {
 public:
  saver(lua_State* state, std::size_t bytes_max) : state_{state}, bytes_max_{bytes_max} {}

  void table(int index, int depth) {
    luaL_checkstack(state_, 4, nullptr);
    if (depth > depth_max) luaL_error(state_, "'state' has tables within more than %d others", depth_max);
    for (lua_pushnil(state_); lua_next(state_, index) != 0; lua_pop(state_, 1)) {
      value(lua_gettop(state_) - 1, depth);
      value(lua_gettop(state_), depth);
      if (to_.bytes().size() > bytes_max_)
        luaL_error(state_, "'state' needs more than %d KiB", static_cast<int>(bytes_max_ / 1024));
    }
    put(kind::end);
  }
  const std::string& bytes() const noexcept { return to_.bytes(); }

 private:
  void put(kind of) { to_.put(static_cast<std::uint8_t>(of)); }
  void value(int index, int depth) {
    switch (lua_type(state_, index)) {
      case LUA_TBOOLEAN:
        put(kind::boolean);
        return to_.put(static_cast<std::uint8_t>(lua_toboolean(state_, index)));
      case LUA_TNUMBER:
        if (lua_isinteger(state_, index) != 0) {
          put(kind::integer);
          return to_.put(static_cast<std::int64_t>(lua_tointeger(state_, index)));
        }
        put(kind::number);
        return to_.put(static_cast<double>(lua_tonumber(state_, index)));
      case LUA_TSTRING: {
        std::size_t size = 0;
        const char* text = lua_tolstring(state_, index, &size);
        put(kind::text);
        return to_.put(std::string_view{text, size});
      }
      case LUA_TTABLE:
        put(kind::table);
        return table(index, depth + 1);
      default:
        luaL_error(state_, "'state' holds a %s, which cannot be kept", luaL_typename(state_, index));
    }
  }

  lua_State* state_;
  std::size_t bytes_max_;
  series::snapshot_writer to_;
};

class loader {
 public:
  loader(lua_State* state, std::string_view bytes) : state_{state}, from_{bytes} {}

  // Pushes it; false if the bytes are not what a saver made.
  bool table(int depth) {
    luaL_checkstack(state_, 4, nullptr);
    lua_newtable(state_);
    while (depth <= depth_max) {
      const auto of_key = take_kind();
      if (of_key == kind::end) return from_.is_good();
      if (!value(of_key, depth)) return false;
      if (lua_isnil(state_, -1) || lua_rawequal(state_, -1, -1) == 0) return false;  // NaN is no key
      if (!value(take_kind(), depth)) return false;
      lua_rawset(state_, -3);
    }
    return false;
  }

 private:
  kind take_kind() { return static_cast<kind>(from_.take<std::uint8_t>()); }
  bool value(kind of, int depth) {
    switch (of) {
      case kind::boolean:
        lua_pushboolean(state_, from_.take<std::uint8_t>());
        break;
      case kind::integer:
        lua_pushinteger(state_, from_.take<std::int64_t>());
        break;
      case kind::number:
        lua_pushnumber(state_, from_.take<double>());
        break;
      case kind::text: {
        const auto text = from_.take_text();
        lua_pushlstring(state_, text.data(), text.size());
        break;
      }
      case kind::table:
        return table(depth + 1);
      default:
        return false;
    }
    return from_.is_good();
  }

  lua_State* state_;
  series::snapshot_reader from_;
};

}  // namespace

void save_values(lua_State* state, int index, std::size_t bytes_max, std::string& to) {
  saver made{state, bytes_max};
  made.table(index, 1);
  to = made.bytes();
}

void load_values(lua_State* state, std::string_view bytes) {
  const int top = lua_gettop(state);
  if (!bytes.empty() && loader{state, bytes}.table(1)) return;
  lua_settop(state, top);
  lua_newtable(state);
}

}  // namespace tidegate::lua
