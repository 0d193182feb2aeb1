// Any text as a configuration file: it is refused or accepted, and either way soon, without a crash, and
// with messages of one line each.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/load.hpp"
#include "config/schema.hpp"

namespace {

using namespace tidegate::config;

schema parse(std::string_view json) {
  std::string problem;
  auto made = schema::parse(json, {}, problem);
  if (!problem.empty()) std::abort();
  return made;
}

// One component of each kind, with an option of every type.
class components final : public component_schemas {
 public:
  found find(component_kind kind, const std::string& plugin) override {
    static const schema options = parse(R"({"required": ["path"], "properties": {
      "path": {"type": "string", "unit": "path"},
      "text": {"type": ["string", "object"], "properties": {"inner": {"type": "boolean"}}},
      "count": {"type": "integer", "minimum": 1, "maximum": 100},
      "rate": {"type": "number", "default": 1},
      "size": {"type": "string", "unit": "size", "minimum": "1KiB"},
      "wait": {"type": "string", "unit": "duration", "maximum": "1h"},
      "mode": {"type": "string", "enum": ["fast", "safe"], "default": "safe"},
      "level": {"type": "integer", "when": {"mode": ["fast"]}},
      "password": {"type": "string", "secret": true},
      "list": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 3},
      "map": {"additionalProperties": {"type": "integer"}},
      "batch": {"properties": {"max_samples": {"type": "integer", "default": 5}}},
      "nested": {"properties": {"a": {"properties": {"b": {"type": "string"}}}}, "default": {}}}})");
    if (plugin != "any") return {nullptr, {}, "no plugin offers it"};
    return {&options, {kind == component_kind::source, kind == component_kind::source}, {}};
  }
};

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // References would read what the machine has.
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (text.find("${file:") != std::string_view::npos) return 0;
  diagnostics said;
  const auto files = load_text(text, "fuzz.yaml", said);
  files.plugin_paths();
  components known;
  const auto made = check(files, known, said);
  require(made.has_value() != said.has_errors());
  for (const auto& each : said.sorted()) require(to_string(each).find('\n') == std::string::npos);
  if (!made) return 0;
  require(!made->id.empty() && !made->pipelines.empty() && !made->sources.empty() && !made->sinks.empty());
  for (const auto& source : made->sources) require(same(source.options, source.options));
  for (const auto& sink : made->sinks) to_string(about_option(sink, text.substr(0, 64), "said"));
  return 0;
}
