// The scripts of the processor lua: whatever one says, it ends, within its instructions and its memory, with
// an error or without; and bytes that were never saved as a script's state make some table or an empty one.
#include <cstdlib>
#include <string_view>

#include "interpreter.hpp"
#include "saved_values.hpp"

namespace {

using namespace tidegate::lua;

constexpr limits allowed{20'000, 100'000, 1 << 20};

template <class Call>
void within_limits(Call call) {
  interpreter made{allowed};
  try {
    made.protect(call);
  } catch (const script_error&) {
  }
  if (made.memory_used() > allowed.memory) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  within_limits([&](lua_State* state) {
    if (luaL_loadbufferx(state, text.data(), text.size(), "=script", "t") != LUA_OK) lua_error(state);
    lua_call(state, 0, 0);
  });
  within_limits([&](lua_State* state) {
    load_values(state, text);
    if (!lua_istable(state, -1) || lua_gettop(state) != 1) std::abort();
  });
  return 0;
}
