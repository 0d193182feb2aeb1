#include "config/editor_schema.hpp"

#include "config/host_options.hpp"
#include "config/json.hpp"

namespace tidegate::config {

namespace {

std::string comma(const std::string& before) { return before.empty() ? "" : ",\n"; }

// {"plugin": one of those of the kind}, and for each of them the options that it has then.
std::string instance_schema(component_kind kind, const std::vector<offered_component>& components) {
  std::string names;
  std::string cases;
  for (const auto& each : components) {
    if (each.kind != kind) continue;
    const auto name = json_text(each.name);
    names += comma(names) + "{\"const\": " + name + ", \"description\": " + json_text(each.summary) + "}";
    cases += comma(cases) + R"({"if": {"properties": {"plugin": {"const": )" + name +
             R"(}}, "required": ["plugin"]}, )" + R"("then": )" +
             json_schema_of(instance_options(kind, each.schema, each.source)) + "}";
  }
  std::string plugin = R"({"type": "string"})";
  // A reference may name the plugin, too.
  if (!names.empty())
    plugin = R"json({"anyOf": [)json" + names + R"json(, {"type": "string", "pattern": "\\$\\{"}]})json";
  return R"({"type": "object", "required": ["plugin"], "properties": {"plugin": )" + plugin + "}" +
         (cases.empty() ? "" : ",\n\"allOf\": [" + cases + "]") + "}";
}

// A section that maps names to what a definition says.
std::string named(const option& section, const std::string& definition) {
  return R"({"type": ["object", "null"], "description": )" + json_text(section.description) +
         R"(, "propertyNames": {"pattern": "^[A-Za-z0-9_-]+$"}, "additionalProperties": {"$ref": "#/definitions/)" +
         definition + "\"}}";
}

std::string pipeline_schema() {
  auto options = pipeline_options();
  auto& process = *options.find("process");
  process.editor_json = R"({"type": ["array", "null"], "description": )" + json_text(process.description) +
                        R"(, "items": {"$ref": "#/definitions/processor"}})";
  return json_schema_of(options);
}

}  // namespace

std::string editor_schema(const std::vector<offered_component>& components) {
  auto file = file_options();
  for (const auto* kind : {"source", "sink", "pipeline"}) {
    auto& section = *file.find(std::string{kind} + "s");
    section.editor_json = named(section, kind);
  }
  std::string definitions;
  for (const auto kind : {component_kind::source, component_kind::processor, component_kind::sink})
    definitions += json_text(to_string(kind)) + ": " + instance_schema(kind, components) + ",\n";
  definitions += "\"pipeline\": " + pipeline_schema();
  const auto whole = json_schema_of(file);
  return R"({"$schema": "http://json-schema.org/draft-07/schema#",
"title": "Configuration of a Tidegate gateway",
"definitions": {)" +
         definitions + "},\n" + whole.substr(1) + "\n";
}

}  // namespace tidegate::config
