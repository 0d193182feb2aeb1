// What a script has of Lua: README.md lists it.
#pragma once

#include <lua.hpp>

namespace tidegate::lua {

// Replaces the globals of the state. Within interpreter::protect().
void open_library(lua_State* state);

}  // namespace tidegate::lua
