#include "plugin/descriptor.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "codec/decoder.hpp"
#include "codec/encoder.hpp"
#include "config/message.hpp"
#include "plugin/adopt.hpp"
#include "tidegate/options.hpp"

namespace tidegate::plugin {

namespace {

// The sizes of 0.1: what every plugin has at least, however much is appended later.
constexpr std::size_t plugin_bytes_min = offsetof(tidegate_plugin, components) + sizeof(void*);
constexpr std::size_t component_bytes_min = offsetof(tidegate_component, functions) + sizeof(void*);
constexpr std::size_t source_bytes_min = offsetof(tidegate_source, destroy) + sizeof(void*);
constexpr std::size_t processor_bytes_min = offsetof(tidegate_processor, destroy) + sizeof(void*);
constexpr std::size_t sink_bytes_min = offsetof(tidegate_sink, destroy) + sizeof(void*);

constexpr std::uint32_t components_max = 256;
constexpr std::uint32_t name_bytes_max = 64;
constexpr std::uint32_t text_bytes_max = 1024 * 1024;

const char* const rebuild = "; build the plugin anew with the headers of the Tidegate SDK";

// Thrown inside this file only: a check that fails ends all of them.
struct refused {
  std::string problem;
};

std::string version_text(unsigned major, unsigned minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

void need_bytes(std::uint32_t size, std::size_t minimum, const std::string& what) {
  if (size >= minimum) return;
  throw refused{"has a " + what + " of " + std::to_string(size) + " bytes, where at least " +
                std::to_string(minimum) + " are needed" + rebuild};
}

std::string_view checked_text(tidegate_text text, std::uint32_t limit, const std::string& what) {
  if (text.length != 0 && text.data == nullptr)
    throw refused{"has no " + what + ", only a length for it" + rebuild};
  if (text.length > limit)
    throw refused{"has a " + what + " of " + std::to_string(text.length) + " bytes, where at most " +
                  std::to_string(limit) + " are allowed; shorten it"};
  return view(text);
}

void need(bool there, const char* function, const std::string& who) {
  if (!there)
    throw refused{"has no function '" + std::string{function} + "' for " + who + "; set it in the table"};
}

bool is_component_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

void check_version(const tidegate_plugin& table) {
  // So much must be there to know which host it is for.
  need_bytes(table.size, offsetof(tidegate_plugin, abi_minor) + sizeof table.abi_minor, "tidegate_plugin");
  const bool newer = table.abi_major > TIDEGATE_ABI_MAJOR ||
                     (table.abi_major == TIDEGATE_ABI_MAJOR && table.abi_minor > TIDEGATE_ABI_MINOR);
  if (!newer && table.abi_major == TIDEGATE_ABI_MAJOR) return;
  throw refused{"needs plugin ABI " + version_text(table.abi_major, table.abi_minor) + ", this host has " +
                version_text(TIDEGATE_ABI_MAJOR, TIDEGATE_ABI_MINOR) +
                (newer ? "; install a newer tidegate" : "; install a newer version of the plugin")};
}

void check_source(const tidegate_source& has, const std::string& who) {
  need(has.create != nullptr, "create", who);
  need(has.start != nullptr, "start", who);
  need(has.stop != nullptr, "stop", who);
  need(has.destroy != nullptr, "destroy", who);
  if (has.flow > TIDEGATE_FLOW_LOSSY)
    throw refused{"declares the unknown flow " + std::to_string(has.flow) + " for " + who +
                  "; flows are 0 (pausable), 1 (replayable) and 2 (lossy)"};
  if (has.flow == TIDEGATE_FLOW_REPLAYABLE) need(has.acknowledge != nullptr, "acknowledge", who);
}
void check_processor(const tidegate_processor& has, const std::string& who) {
  need(has.create != nullptr, "create", who);
  need(has.start != nullptr, "start", who);
  need(has.process != nullptr, "process", who);
  need(has.stop != nullptr, "stop", who);
  need(has.destroy != nullptr, "destroy", who);
}
void check_sink(const tidegate_sink& has, const std::string& who) {
  need(has.create != nullptr, "create", who);
  need(has.start != nullptr, "start", who);
  need(has.write != nullptr, "write", who);
  need(has.stop != nullptr, "stop", who);
  need(has.destroy != nullptr, "destroy", who);
  if (has.window == 0) throw refused{"has a window of 0 for " + who + "; set it to 1 or more"};
}

template <class Table>
Table adopt_functions(const void* from, std::size_t minimum, const std::string& who) {
  const auto* table = static_cast<const Table*>(from);
  need_bytes(table->size, minimum, "table of functions for " + who);
  return adopt(table);
}

void take_functions(component& made, const void* from, std::list<functions>& tables) {
  const auto who = std::string{config::to_string(made.kind)} + " '" + made.name + "'";
  if (from == nullptr)
    throw refused{"has no table of functions for " + who + "; set 'functions' in its component"};
  auto& place = tables.emplace_back();
  switch (made.kind) {
    case config::component_kind::source:
      check_source(place.source = adopt_functions<tidegate_source>(from, source_bytes_min, who), who);
      made.source = &place.source;
      break;
    case config::component_kind::processor:
      check_processor(place.processor = adopt_functions<tidegate_processor>(from, processor_bytes_min, who),
                      who);
      made.processor = &place.processor;
      break;
    case config::component_kind::sink:
      check_sink(place.sink = adopt_functions<tidegate_sink>(from, sink_bytes_min, who), who);
      made.sink = &place.sink;
      break;
  }
}

config::component_kind checked_kind(std::uint32_t kind, const std::string& name) {
  switch (kind) {
    case TIDEGATE_SOURCE:
      return config::component_kind::source;
    case TIDEGATE_PROCESSOR:
      return config::component_kind::processor;
    case TIDEGATE_SINK:
      return config::component_kind::sink;
    default:
      throw refused{"offers '" + name + "' as a component of the unknown kind " + std::to_string(kind) +
                    "; kinds are 1 (source), 2 (processor) and 3 (sink)"};
  }
}

config::schema checked_schema(std::string_view text, const std::string& who) {
  static const std::vector<std::pair<std::string, std::string>> references{
      {"tidegate:encoding", std::string{codec::encoding_schema()}},
      {"tidegate:framing", std::string{codec::framing_schema()}},
      {"tidegate:format", std::string{codec::format_schema()}}};
  std::string problem;
  auto made = config::schema::parse(text, references, problem);
  if (!problem.empty())
    throw refused{"declares options for " + who + " that are no valid schema: " + problem +
                  "; see sdk/OPTIONS.md"};
  return made;
}

void take_component(const tidegate_component* from, std::size_t index, descriptor& to) {
  const auto position = "component " + std::to_string(index);
  if (from == nullptr) throw refused{"has a null pointer for " + position + rebuild};
  need_bytes(from->size, component_bytes_min, position);
  const auto table = adopt(from);
  component made{};
  made.name = checked_text(table.name, name_bytes_max, "name of " + position);
  if (!is_component_name(made.name))
    throw refused{"names " + position + " " + config::in_quotes(made.name) +
                  "; names are made of lower case letters, digits and hyphens"};
  made.kind = checked_kind(table.kind, made.name);
  const auto who = std::string{config::to_string(made.kind)} + " '" + made.name + "'";
  for (const auto& other : to.components)
    if (other.kind == made.kind && other.name == made.name)
      throw refused{"offers " + who + " twice; remove one of them from its table"};
  made.summary = checked_text(table.summary, text_bytes_max, "summary of " + who);
  made.schema = checked_schema(checked_text(table.options, text_bytes_max, "schema of " + who), who);
  take_functions(made, table.functions, to.tables);
  to.components.push_back(std::move(made));
}

void take_all(const tidegate_plugin* from, const std::filesystem::path& file, descriptor& to) {
  if (from == nullptr) throw refused{"has an entry function that returns null; let it return its table"};
  check_version(*from);
  need_bytes(from->size, plugin_bytes_min, "tidegate_plugin");
  const auto table = adopt(from);
  const std::string name{checked_text(table.name, name_bytes_max, "name")};
  const std::string version{checked_text(table.version, name_bytes_max, "version")};
  if (table.component_count == 0 || table.components == nullptr)
    throw refused{"offers no component; list them in its table"};
  if (table.component_count > components_max)
    throw refused{"offers " + std::to_string(table.component_count) + " components, where at most " +
                  std::to_string(components_max) + " are allowed; split it"};
  for (std::uint32_t index = 0; index < table.component_count; ++index)
    take_component(table.components[index], index, to);
  for (auto& each : to.components) {
    each.file = file;
    each.plugin_name = name;
    each.plugin_version = version;
  }
}

}  // namespace

bool check_descriptor(const tidegate_plugin* table, const std::filesystem::path& file, descriptor& made,
                      std::string& problem) {
  try {
    take_all(table, file, made);
    return true;
  } catch (const refused& why) {
    problem = why.problem;
    made = {};
    return false;
  }
}

}  // namespace tidegate::plugin
