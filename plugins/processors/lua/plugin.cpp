#include "lua_processor.hpp"

TIDEGATE_PLUGIN("lua", "0.1.0", tidegate::processor<tidegate::lua::lua_processor>)
