#include "regex.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "interpreter.hpp"

namespace tidegate::lua {

namespace {

// A script that makes its patterns as it goes must not fill memory that is not counted as its own.
constexpr std::size_t patterns_max = 32;
constexpr std::size_t pattern_bytes_max = 4096;
constexpr std::int64_t pattern_memory = 1 << 20;
// What making one costs, in instructions.
constexpr std::uint64_t making = 5000;

// Lives as long as the thread, and for all scripts on it.
std::shared_ptr<const RE2> made_before(const std::string& pattern, bool& is_new) {
  thread_local std::map<std::string, std::shared_ptr<const RE2>> known;
  auto& found = known[pattern];
  is_new = found == nullptr;
  if (!is_new) return found;
  RE2::Options options{RE2::Quiet};
  options.set_max_mem(pattern_memory);
  auto made = std::make_shared<const RE2>(pattern, options);
  found = made;
  if (known.size() > patterns_max) {
    known.clear();
    known[pattern] = made;
  }
  return made;
}

re2::StringPiece text_argument(lua_State* state, int index) {
  std::size_t size = 0;
  const char* text = luaL_checklstring(state, index, &size);
  return {text, size};
}

std::shared_ptr<const RE2> pattern_argument(lua_State* state, int index) {
  const auto text = text_argument(state, index);
  if (text.size() > pattern_bytes_max) luaL_error(state, "regex: a pattern is longer than 4096 bytes");
  bool is_new = false;
  auto made = made_before(std::string{text.data(), text.size()}, is_new);
  if (is_new) interpreter::charge(state, making);
  if (!made->ok()) luaL_error(state, "regex: %s in '%s'", made->error().c_str(), made->pattern().c_str());
  return made;
}

void charge_search(lua_State* state, const re2::StringPiece& text) {
  interpreter::charge(state, text.size() / 4);
}

int match(lua_State* state) {
  const auto text = text_argument(state, 1);
  const auto pattern = pattern_argument(state, 2);
  charge_search(state, text);
  const int groups = pattern->NumberOfCapturingGroups();
  std::vector<re2::StringPiece> found(static_cast<std::size_t>(groups) + 1);
  if (!pattern->Match(text, 0, text.size(), RE2::UNANCHORED, found.data(), groups + 1)) {
    lua_pushnil(state);
    return 1;
  }
  luaL_checkstack(state, groups + 1, "regex: too many groups");
  for (int index = groups == 0 ? 0 : 1; index <= groups; ++index) {
    const auto& part = found[static_cast<std::size_t>(index)];
    if (part.data() == nullptr)
      lua_pushnil(state);
    else
      lua_pushlstring(state, part.data(), part.size());
  }
  return groups == 0 ? 1 : groups;
}

// All of them, from left to right. What is made is bounded as the script's own memory is.
int replace(lua_State* state) {
  const auto text = text_argument(state, 1);
  const auto pattern = pattern_argument(state, 2);
  const auto with = text_argument(state, 3);
  std::string wrong;
  if (!pattern->CheckRewriteString(with, &wrong)) luaL_error(state, "regex: %s", wrong.c_str());
  const int groups = 1 + RE2::MaxSubmatch(with);
  std::vector<re2::StringPiece> found(static_cast<std::size_t>(groups));
  std::string made;
  std::size_t at = 0;
  while (at <= text.size()) {
    charge_search(state, text.substr(at));
    if (!pattern->Match(text, at, text.size(), RE2::UNANCHORED, found.data(), groups)) break;
    const auto begin = static_cast<std::size_t>(found[0].data() - text.data());
    made.append(text.data() + at, begin - at);
    pattern->Rewrite(&made, with, found.data(), groups);
    at = begin + found[0].size();
    // Behind nothing one goes on by a byte, or for ever.
    if (found[0].empty() && at < text.size()) made += text[at];
    if (found[0].empty()) ++at;
    if (made.size() > interpreter::of(state).memory_max())
      luaL_error(state, "regex: the text becomes too long");
  }
  if (at < text.size()) made.append(text.data() + at, text.size() - at);
  lua_pushlstring(state, made.data(), made.size());
  return 1;
}

}  // namespace

void open_regex(lua_State* state) {
  lua_newtable(state);
  lua_pushcfunction(state, &match);
  lua_setfield(state, -2, "match");
  lua_pushcfunction(state, &replace);
  lua_setfield(state, -2, "replace");
}

}  // namespace tidegate::lua
