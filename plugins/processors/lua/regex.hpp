// regex.match and regex.replace of a script: RE2, whose time is linear in what is searched.
#pragma once

#include <lua.hpp>

namespace tidegate::lua {

// Leaves the table at the top. Within interpreter::protect().
void open_regex(lua_State* state);

}  // namespace tidegate::lua
