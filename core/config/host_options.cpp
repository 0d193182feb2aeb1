#include "config/host_options.hpp"

#include <cstdio>
#include <cstdlib>
#include <initializer_list>

#include "config/json.hpp"

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
  "spool": {"description": "The log on disk that all buffers of type disk share", "default": {}, "properties": {
    "path": {"type": "string", "unit": "path", "examples": ["/var/lib/tidegate/spool"],
      "description": "Its folder, of which no other program may have the same; $STATE_DIRECTORY/spool or /var/lib/tidegate/spool if not given"},
    "max_size": {"type": "string", "unit": "size", "default": "1GiB", "minimum": "1MiB", "description": "Most bytes of all its files"},
    "min_free": {"type": "string", "unit": "size", "default": "64MiB",
      "description": "Bytes of the file system that are left to others"},
    "daily_write_budget": {"type": "string", "unit": "size", "minimum": "1MiB", "examples": ["1GB"],
      "description": "What may be written to it a day, for the life of flash memory; `tidegate check` warns when it will be more"}}},
  "sources": {"type": "object", "additionalProperties": {"type": "string"}, "description": "What is read, by name"},
  "sinks": {"type": "object", "additionalProperties": {"type": "string"}, "description": "Where it goes, by name"},
  "pipelines": {"type": "object", "additionalProperties": {"type": "string"}, "description": "From sources to sinks, by name"}
}},
"pipeline": {"required": ["from"], "properties": {
  "from": {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1, "examples": [["cpu", "memory"]],
    "description": "Names of sources, or patterns of them such as \"meter-*\"; names of pipelines, for what comes out of their steps; SINK.rejected, for what a sink refuses for good"},
  "when": {"type": ["array", "object"], "minItems": 1, "maxItems": 64, "examples": [{"name": "cpu"}],
    "description": "Which samples it takes, before its steps: a condition of which all must hold, or a list of conditions of which one is enough",
    "properties": {
      "name": {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1, "examples": ["meter-*"],
        "description": "The sample has this name; a pattern with * and ?, or a list of which one fits"},
      "tags": {"additionalProperties": {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1, "description": "The value; a pattern, or a list of which one fits"},
        "examples": [{"site": "tokyo-*"}], "description": "It has all of these tags"},
      "field": {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1, "examples": ["usage"],
        "description": "It has such a field; of several one is enough"},
      "above": {"type": ["integer", "number"], "description": "The field is more than this"},
      "below": {"type": ["integer", "number"], "description": "The field is less than this"},
      "at_least": {"type": ["integer", "number"], "description": "The field is this or more"},
      "at_most": {"type": ["integer", "number"], "description": "The field is this or less"},
      "equals": {"type": ["boolean", "integer", "number", "string"], "examples": ["error*"], "description": "The field is this; a text is a pattern with * and ?"}},
    "items": {"properties": {
      "name": {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1, "examples": ["meter-*"],
        "description": "The sample has this name; a pattern with * and ?, or a list of which one fits"},
      "tags": {"additionalProperties": {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1, "description": "The value; a pattern, or a list of which one fits"},
        "examples": [{"site": "tokyo-*"}], "description": "It has all of these tags"},
      "field": {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1, "examples": ["usage"],
        "description": "It has such a field; of several one is enough"},
      "above": {"type": ["integer", "number"], "description": "The field is more than this"},
      "below": {"type": ["integer", "number"], "description": "The field is less than this"},
      "at_least": {"type": ["integer", "number"], "description": "The field is this or more"},
      "at_most": {"type": ["integer", "number"], "description": "The field is this or less"},
      "equals": {"type": ["boolean", "integer", "number", "string"], "examples": ["error*"], "description": "The field is this; a text is a pattern with * and ?"}}}},
  "process": {"type": "array", "items": {"type": "string"}, "description": "Steps, in this order, each with its plugin"},
  "to": {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1, "examples": [["archive"]],
    "description": "Names of sinks; each gets everything. May be left out where other pipelines read this one"},
  "buffer": {"description": "Limits of what waits for each sink", "default": {}, "properties": {
    "type": {"type": "string", "enum": ["memory", "disk"], "default": "memory",
      "description": "Where it waits; on disk it outlives the program, and power cuts once it is committed"},
    "commit": {"type": "string", "when": {"type": ["disk"]}, "default": "1s", "examples": ["1s", "always", "never"],
      "description": "When samples are put on the disk for good: at most so long after they came; always, at once; or never, which leaves it to the system and survives the end of the program but no power cut"},
    "max_size": {"type": "string", "unit": "size", "minimum": "64KiB", "examples": ["64MiB"],
      "description": "Most bytes; 16MiB in memory, 512MiB on disk if not given"},
    "max_samples": {"type": "integer", "minimum": 1, "examples": [100000], "description": "Most samples"},
    "max_age": {"type": "string", "unit": "duration", "minimum": "1ms", "examples": ["72h"],
      "description": "What is older is discarded; on disk, time counts while the gateway runs"},
    "when_full": {"type": "string", "enum": ["block", "drop_oldest", "drop_newest", "thin_out"], "default": "drop_oldest",
      "description": "Make the sources wait, or discard; thin_out takes fewer and fewer the fuller it is, so that an outage is covered from beginning to end. What can be asked for again, as files can, always waits"},
    "report_gaps": {"type": "boolean", "default": false,
      "description": "Tell all sinks of the pipeline what was discarded on the way to any of them, as samples of series tidegate_gap"}}}
}},
"instance": {"properties": {
  "plugin": {"type": "string", "required": true, "description": "Which component this is", "examples": ["cpu"]},
  "tags": {"description": "Put on every sample of this source", "additionalProperties": {"type": "string"},
    "examples": [{"room": "b2"}]},
  "interval": {"type": "string", "unit": "duration", "default": "10s", "minimum": "1ms", "description": "How often it is read"},
  "ring": {"type": "string", "unit": "duration", "default": "10s", "minimum": "100ms",
    "description": "While a pipeline is full, what this source has sent last is kept for so long; what is older is lost, and counted"},
  "ring_max_size": {"type": "string", "unit": "size", "default": "4MiB", "minimum": "64KiB", "maximum": "1GiB",
    "description": "Most bytes that are kept for it"},
  "report_gaps": {"type": "boolean", "default": false,
    "description": "Tell the pipelines what was lost, as samples of series tidegate_gap"},
  "batch": {"description": "How much the sink is handed at a time", "default": {}, "properties": {
    "max_samples": {"type": "integer", "default": 10000, "minimum": 1, "maximum": 10000000, "description": "Most samples"},
    "max_bytes": {"type": "string", "unit": "size", "default": "1MiB", "minimum": "1KiB", "maximum": "1GiB",
      "description": "Most bytes"},
    "max_wait": {"type": "string", "unit": "duration", "default": "0s", "maximum": "1h",
      "description": "How long to wait for more"}}},
  "retry": {"description": "How long to wait after a failure; doubles from min to max", "default": {}, "properties": {
    "min": {"type": "string", "unit": "duration", "default": "1s", "minimum": "1ms", "description": "First delay"},
    "max": {"type": "string", "unit": "duration", "default": "2m", "minimum": "1ms", "description": "Longest delay"}}},
  "catch_up_rate": {"type": "integer", "minimum": 1, "maximum": 100000000, "examples": [500],
    "description": "Most samples a second while the sink catches up with what has piled up, after an outage or a start; must be more than what comes in, or it never does. What comes when nothing has piled up is not held back. Not limited if not given"},
  "live_first": {"type": "boolean", "default": false,
    "description": "After an outage or a start, deliver what comes now before what has piled up, which follows at the catch_up_rate, and at least with every fourth delivery if there is none; samples come out of order then, but for the order of each of the two"}
}}
}})json";

[[noreturn]] void broken(const std::string& problem) {
  std::fprintf(stderr, "tidegate: the host's own options: %s\n", problem.c_str());
  std::abort();
}

// What the notation cannot say.
void adapt_buffer(option& buffer) {
  auto& commit = *buffer.find("commit");
  commit.editor_json =
      R"({"description": )" + json_text(commit.description) +
      R"(, "default": "1s", "anyOf": [{"enum": ["always", "never"]}, )"
      R"json({"type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h|d))+$"}, )json"
      R"json({"type": "string", "pattern": "\\$\\{"}]})json";
  option elsewhere;
  elsewhere.types = option::string;
  elsewhere.refusal =
      "is of the whole disk, not of one buffer; write 'spool: {min_free: 64MiB}' at the top level";
  buffer.properties.push_back({"min_free", std::move(elsewhere)});
}

const option& part(std::string_view name) {
  static const option all = [] {
    std::string problem;
    auto made = schema::parse(text, {}, problem).inside().root;
    if (!problem.empty()) broken(problem);
    for (const auto* section : {"sources", "sinks", "pipelines"})
      made.find("file")->find(section)->unchecked = true;
    auto& pipeline = *made.find("pipeline");
    pipeline.find("process")->unchecked = true;
    adapt_buffer(*pipeline.find("buffer"));
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

// An option of sources that some have. The refusal says why this one has not; null if it has.
void add_source_option(option& into, const std::string& name, const char* refusal) {
  if (into.find(name) != nullptr) return;
  auto made = host_option(name);
  if (refusal != nullptr) made.refusal = refusal;
  into.properties.push_back({name, std::move(made)});
}

void add_source_options(option& into, const source_traits& source) {
  add_source_option(into, "interval",
                    source.polled ? nullptr : "this source is not polled and takes no interval; remove it");
  for (const auto* name : {"ring", "ring_max_size", "report_gaps"})
    add_source_option(
        into, name,
        source.lossy ? nullptr : "this source can wait for its pipelines and needs no ring; remove it");
  put(into, "tags", host_option("tags"));
}

}  // namespace

const option& file_options() { return part("file"); }

const option& pipeline_options() { return part("pipeline"); }

option instance_options(component_kind kind, const schema& component, const source_traits& source) {
  auto made = component.inside().root;
  made.properties.insert(made.properties.begin(), option::property{"plugin", host_option("plugin")});
  if (kind == component_kind::source) add_source_options(made, source);
  if (kind == component_kind::sink) {
    for (const auto* name : {"batch", "retry"}) {
      const auto* own = component.inside().root.find(name);
      put(made, name, own == nullptr ? host_option(name) : joined(host_option(name), *own));
    }
    for (const auto* name : {"catch_up_rate", "live_first"})
      if (made.find(name) == nullptr) put(made, name, host_option(name));
  }
  return made;
}

bool is_host_option(component_kind kind, const schema& component, std::string_view name) {
  if (component.has(name)) return false;
  if (name == "plugin") return true;
  if (kind == component_kind::source)
    return name == "tags" || name == "interval" || name == "ring" || name == "ring_max_size" ||
           name == "report_gaps";
  return kind == component_kind::sink &&
         (name == "batch" || name == "retry" || name == "catch_up_rate" || name == "live_first");
}

}  // namespace tidegate::config
