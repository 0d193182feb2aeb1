// Any text as the options that a plugin declares, and an empty map checked against them: what is accepted
// can be described, sampled and given to editors.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/editor_schema.hpp"
#include "config/node.hpp"
#include "config/schema.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tidegate::config;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  std::string problem;
  const auto made = schema::parse(
      text, {{"tidegate:encoding", R"({"properties": {"type": {"type": "string", "default": "json"}}})"}},
      problem);
  if (!problem.empty()) {
    if (problem.find('\n') != std::string::npos) std::abort();
    return 0;
  }
  node nothing;
  nothing.type = node::kind::map;
  diagnostics said;
  made.check(nothing, "options", {}, said);
  made.describe();
  made.sample();
  for (const auto kind : {component_kind::source, component_kind::processor, component_kind::sink})
    editor_schema({{kind, "any", "", made, {true, false}}});
  return 0;
}
