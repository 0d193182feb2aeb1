// A sample as the script is given it: {time = NANOSECONDS, name = "plc", tags = {...}, fields = {...}}.
#pragma once

#include <lua.hpp>

#include "tidegate/batch.hpp"

namespace tidegate::lua {

// Pushes the table. Within interpreter::protect().
void push_sample(lua_State* state, const sample_view& sample);

// Whether the table at `index` is still what push_sample made of the sample. Within interpreter::protect().
bool is_unchanged(lua_State* state, int index, const sample_view& sample);

}  // namespace tidegate::lua
