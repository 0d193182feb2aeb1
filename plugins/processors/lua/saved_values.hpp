// The script's `state` as bytes: booleans, numbers, texts, and tables of them.
#pragma once

#include <lua.hpp>
#include <string>
#include <string_view>

namespace tidegate::lua {

// Of the table at `index`. What cannot be kept (functions, tables within more than 16 others) fails as Lua
// does, and so does what needs more than `bytes_max`. Within interpreter::protect().
void save_values(lua_State* state, int index, std::size_t bytes_max, std::string& to);

// Pushes the table; an empty one where the bytes are not what was saved. Within interpreter::protect().
void load_values(lua_State* state, std::string_view bytes);

}  // namespace tidegate::lua
