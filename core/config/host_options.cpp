#include "config/host_options.hpp"

#include <cstdio>
#include <cstdlib>
#include <initializer_list>

namespace tidegate::config {

namespace {

constexpr std::string_view text = R"json({"properties": {
"file": {"properties": {
  "gateway": {"description": "The gateway as a whole", "default": {}, "properties": {
    "id": {"type": "string", "description": "Name of this gateway; the host name if not given", "examples": ["PC-0001"]},
    "tags": {"description": "Put on every sample", "additionalProperties": {"type": "string"}, "examples": [{"site": "tokyo-1"}]},
    "shutdown_timeout": {"type": "string", "unit": "duration", "default": "10s",
      "description": "How long a stop may take to deliver what waits"}}},
  "log": {"description": "What is written to the log", "default": {}, "properties": {
    "level": {"type": "string", "enum": ["trace", "debug", "info", "warning", "error"], "default": "info",
      "description": "The least that is written"},
    "format": {"type": "string", "enum": ["text", "json"], "default": "text", "description": "One line of text, or of JSON"}}},
  "plugins": {"description": "Where plugins are found", "default": {}, "properties": {
    "paths": {"type": "array", "items": {"type": "string", "unit": "path"}, "examples": [["/usr/lib/tidegate/plugins"]],
      "description": "Folders, searched in this order"}}},
  "state": {"description": "What must outlive a restart", "default": {}, "properties": {
    "path": {"type": "string", "unit": "path", "examples": ["/var/lib/tidegate/state"],
      "description": "Folder in which instances keep it; $STATE_DIRECTORY/state or /var/lib/tidegate/state if not given"}}},
  "sources": {"type": "object", "additionalProperties": {"type": "string"}, "description": "What is read, by name"},
  "sinks": {"type": "object", "additionalProperties": {"type": "string"}, "description": "Where it goes, by name"},
  "pipelines": {"type": "object", "additionalProperties": {"type": "string"}, "description": "From sources to sinks, by name"}
}},
"pipeline": {"required": ["from", "to"], "properties": {
  "from": {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1, "examples": [["cpu", "memory"]],
    "description": "Names of sources"},
  "process": {"type": "array", "items": {"type": "string"}, "description": "Steps, in this order, each with its plugin"},
  "to": {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1, "examples": [["archive"]],
    "description": "Names of sinks; each gets everything"},
  "buffer": {"description": "Limits of what waits for each sink", "default": {}, "properties": {
    "type": {"type": "string", "enum": ["memory"], "default": "memory", "description": "Where it waits"},
    "max_size": {"type": "string", "unit": "size", "default": "16MiB", "minimum": "64KiB", "description": "Most bytes"},
    "max_samples": {"type": "integer", "minimum": 1, "examples": [100000], "description": "Most samples"},
    "max_age": {"type": "string", "unit": "duration", "minimum": "1ms", "examples": ["72h"],
      "description": "What is older is discarded"},
    "when_full": {"type": "string", "enum": ["block", "drop_oldest", "drop_newest"], "default": "drop_oldest",
      "description": "Make the sources wait, or discard"}}}
}},
"instance": {"properties": {
  "plugin": {"type": "string", "required": true, "description": "Which component this is", "examples": ["cpu"]},
  "tags": {"description": "Put on every sample of this source", "additionalProperties": {"type": "string"},
    "examples": [{"room": "b2"}]},
  "interval": {"type": "string", "unit": "duration", "default": "10s", "minimum": "1ms", "description": "How often it is read"},
  "batch": {"description": "How much the sink is handed at a time", "default": {}, "properties": {
    "max_samples": {"type": "integer", "default": 10000, "minimum": 1, "maximum": 10000000, "description": "Most samples"},
    "max_bytes": {"type": "string", "unit": "size", "default": "1MiB", "minimum": "1KiB", "maximum": "1GiB",
      "description": "Most bytes"},
    "max_wait": {"type": "string", "unit": "duration", "default": "0s", "maximum": "1h",
      "description": "How long to wait for more"}}},
  "retry": {"description": "How long to wait after a failure; doubles from min to max", "default": {}, "properties": {
    "min": {"type": "string", "unit": "duration", "default": "1s", "minimum": "1ms", "description": "First delay"},
    "max": {"type": "string", "unit": "duration", "default": "2m", "minimum": "1ms", "description": "Longest delay"}}}
}}
}})json";

[[noreturn]] void broken(const std::string& problem) {
  std::fprintf(stderr, "tidegate: the host's own options: %s\n", problem.c_str());
  std::abort();
}

const option& part(std::string_view name) {
  static const option all = [] {
    std::string problem;
    auto made = schema::parse(text, {}, problem).inside().root;
    if (!problem.empty()) broken(problem);
    for (const auto* section : {"sources", "sinks", "pipelines"})
      made.find("file")->find(section)->unchecked = true;
    made.find("pipeline")->find("process")->unchecked = true;
    return made;
  }();
  return *all.find(name);
}

const option& host_option(std::string_view name) { return *part("instance").find(name); }

void put(option& into, const std::string& name, option property) {
  if (auto* own = into.find(name))
    *own = std::move(property);
  else
    into.properties.push_back({name, std::move(property)});
}

// The host's option with the component's word on it: its own members, defaults and limits.
option joined(const option& host, const option& component) {
  if (component.types != option::object) return component;
  auto made = host;
  if (!component.description.empty()) made.description = component.description;
  if (component.fallback) made.fallback = component.fallback;
  for (const auto& [name, property] : component.properties) {
    auto own = property;
    if (const auto* known = host.find(name);
        known != nullptr && known->types == own.types && known->unit == own.unit) {
      if (!own.minimum) own.minimum = known->minimum;
      if (!own.maximum) own.maximum = known->maximum;
      if (!own.fallback) own.fallback = known->fallback;
    }
    put(made, name, std::move(own));
  }
  return made;
}

void add_interval(option& into, bool polled) {
  if (into.find("interval") != nullptr) return;
  auto interval = host_option("interval");
  if (!polled) interval.refusal = "this source is not polled and takes no interval; remove it";
  into.properties.push_back({"interval", std::move(interval)});
}

}  // namespace

const option& file_options() { return part("file"); }

const option& pipeline_options() { return part("pipeline"); }

option instance_options(component_kind kind, const schema& component, bool polled) {
  auto made = component.inside().root;
  made.properties.insert(made.properties.begin(), option::property{"plugin", host_option("plugin")});
  if (kind == component_kind::source) {
    add_interval(made, polled);
    put(made, "tags", host_option("tags"));
  }
  if (kind == component_kind::sink) {
    for (const auto* name : {"batch", "retry"}) {
      const auto* own = component.inside().root.find(name);
      put(made, name, own == nullptr ? host_option(name) : joined(host_option(name), *own));
    }
  }
  return made;
}

bool is_host_option(component_kind kind, const schema& component, std::string_view name) {
  if (component.has(name)) return false;
  if (name == "plugin") return true;
  if (kind == component_kind::source) return name == "tags" || name == "interval";
  return kind == component_kind::sink && (name == "batch" || name == "retry");
}

}  // namespace tidegate::config
