// From a document to a checked gateway.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "config/buffer_check.hpp"
#include "config/document.hpp"
#include "config/endurance.hpp"
#include "config/host_options.hpp"
#include "config/load.hpp"
#include "config/message.hpp"
#include "config/pipeline_check.hpp"
#include "config/sink_rates.hpp"

namespace tidegate::config {

namespace {

using std::chrono::nanoseconds;

std::string host_name() {
  char name[256] = {};
  if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return "localhost";
  return name;
}

// systemd gives a list of folders, of which the first is ours.
std::filesystem::path default_state_path() {
  const char* given = std::getenv("STATE_DIRECTORY");
  if (given == nullptr || *given == '\0') return "/var/lib/tidegate/state";
  const std::string_view folders{given};
  return std::filesystem::path{folders.substr(0, folders.find(':'))} / "state";
}

bool is_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '_' || letter == '-';
  });
}

// One check of one document.
class gateway_checker {
 public:
  gateway_checker(const document& from, const check_context& with) : files_{from.inside()}, with_{with} {
    made_.plugin_paths = from.plugin_paths();
  }

  gateway run() {
    const auto checked = check_option(file_options(), files_.root, "", {}, with_.said);
    take_sections(checked);
    if (files_.root.entries.empty()) {
      if (!files_.incomplete)
        with_.said.error(
            files_.root.where, {},
            "nothing is configured; at least one of each is needed: sources, sinks and pipelines");
      return std::move(made_);
    }
    declared_names sources;
    declared_names sinks;
    const auto source_entries = section("sources", "cpu: {plugin: cpu}", sources.complete);
    const auto sink_entries =
        section("sinks", "archive: {plugin: file, path: archive.ndjson}", sinks.complete);
    take_instances(component_kind::source, "sources", source_entries, sources, made_.sources);
    take_instances(component_kind::sink, "sinks", sink_entries, sinks, made_.sinks);
    take_pipelines(sources, sinks);
    warn_of_small_spool(made_, checked.find("spool"), with_.said);
    warn_of_wear(made_, checked.find("spool"), with_.said);
    warn_of_rates(made_, with_.said);
    return std::move(made_);
  }

 private:
  using entries = std::vector<const node::entry*>;

  void take_sections(const value& checked) {
    const auto at = [&](std::string_view section, std::string_view key) {
      const auto* found = checked.find(section);
      return found == nullptr ? nullptr : found->find(key);
    };
    const auto text_or = [](const value* found, std::string otherwise) {
      const auto text = found == nullptr ? std::string{} : text_of(*found);
      return text.empty() ? otherwise : text;
    };
    if (const auto* id = at("gateway", "id");
        id != nullptr && id->where.line != 0 && !id->is_null() && text_of(*id).empty())
      with_.said.error(id->where, "gateway.id", "must not be empty; remove it to use the host name");
    for (const auto* section : {"gateway", "log", "state", "spool", "plugins"}) {
      const auto* found = checked.find(section);
      const auto* options = found == nullptr ? nullptr : std::get_if<value::map>(&found->data);
      if (options == nullptr) continue;
      for (const auto& [key, held] : *options)
        if (held.where.line != 0) made_.places[std::string{section} + "." + key] = held.where;
    }
    made_.id = text_or(at("gateway", "id"), host_name());
    made_.tags = tags_of(at("gateway", "tags"));
    if (const auto timeout = integer_of(at("gateway", "shutdown_timeout")))
      made_.shutdown_timeout = nanoseconds{*timeout};
    made_.log.level = text_or(at("log", "level"), made_.log.level);
    made_.log.format = text_or(at("log", "format"), made_.log.format);
    made_.spool = check_spool(checked.find("spool"));
    made_.state_path = text_or(at("state", "path"), default_state_path().string());
  }

  // What stands in a section that maps names; nothing, and `complete` not, if the section is wrong or
  // missing.
  entries section(std::string_view name, const std::string& example, bool& complete) {
    entries all;
    bool seen = false;
    complete = !files_.incomplete;
    for (const auto& [key, where, held] : files_.root.entries) {
      if (key != name) continue;
      seen = true;
      if (held.type == node::kind::map || held.type == node::kind::null) {
        for (const auto& entry : held.entries) all.push_back(&entry);
        continue;
      }
      complete = false;
      with_.said.error(held.where, key,
                       "must be a map of names such as {" + example + "}; this is " +
                           (held.type == node::kind::list ? "a list" : "a text"));
    }
    if (!all.empty() || !complete) return all;
    complete = false;
    const auto* empty = files_.root.find(name);
    const auto& where = empty == nullptr ? files_.root.where : empty->where;
    // A section whose name has a typing error is reported as that.
    if (seen || !is_misspelt(name))
      with_.said.error(where, std::string{name},
                       seen ? "is empty; add one, such as '" + example + "'"
                            : "is missing; add it, such as '" + std::string{name} + ": {" + example + "}'");
    return all;
  }

  bool is_misspelt(std::string_view name) const {
    static const std::vector<std::string> known = [] {
      std::vector<std::string> names;
      for (const auto& property : file_options().properties) names.push_back(property.name);
      return names;
    }();
    return std::any_of(files_.root.entries.begin(), files_.root.entries.end(), [&](const node::entry& entry) {
      return file_options().find(entry.key) == nullptr && nearest(entry.key, known) == name;
    });
  }

  bool check_name(const node::entry& entry, const std::string& path) {
    if (is_name(entry.key)) return true;
    with_.said.error(entry.where, path,
                     "the name " + in_quotes(entry.key) + " must be letters, digits, '-' and '_' only");
    return false;
  }

  void take_instances(component_kind kind, const std::string& path, const entries& from,
                      declared_names& names, std::vector<instance>& into) {
    for (const auto* entry : from) {
      const auto below = child_path(path, entry->key);
      names.add(entry->key, entry->where);
      check_name(*entry, below);
      if (auto made = check_instance(kind, entry->key, below, entry->value, with_))
        into.push_back(std::move(*made));
    }
  }

  void take_pipelines(declared_names& sources, declared_names& sinks) {
    declared_names pipelines;
    const auto from = section("pipelines", "telemetry: {from: cpu, to: archive}", pipelines.complete);
    for (const auto* entry : from) pipelines.add(entry->key, entry->where);
    pipeline_checker each{sources, sinks, pipelines, with_};
    for (const auto* entry : from) {
      const auto path = child_path("pipelines", entry->key);
      check_name(*entry, path);
      if (auto made = each.check(entry->key, path, entry->value)) made_.pipelines.push_back(std::move(*made));
    }
    each.check_together(made_.pipelines);
    if (pipelines.complete) each.warn_of_unused();
  }

  const document::content& files_;
  check_context with_;
  gateway made_;
};

}  // namespace

std::string_view to_string(component_kind kind) {
  switch (kind) {
    case component_kind::source:
      return "source";
    case component_kind::processor:
      return "processor";
    case component_kind::sink:
      return "sink";
  }
  return {};
}

bool has_durable(const gateway& of) noexcept {
  return std::any_of(of.pipelines.begin(), of.pipelines.end(), [](const pipeline& each) {
    return each.buffer.type == buffer_type::disk && !each.to.empty();
  });
}

std::vector<std::string> durable_routes(const gateway& of) {
  std::vector<std::string> names;
  for (const auto& each : of.pipelines)
    if (each.buffer.type == buffer_type::disk)
      for (const auto& sink : each.to) names.push_back(each.name + " -> " + sink);
  return names;
}

std::optional<gateway> check(const document& files, component_schemas& schemas, diagnostics& said) {
  auto made = gateway_checker{files, {schemas, said}}.run();
  if (said.has_errors()) return std::nullopt;
  return made;
}

diagnostic about_option(const instance& of, std::string_view option, std::string text) {
  auto path = of.path;
  if (!option.empty()) path += (option.front() == '[' ? "" : ".") + std::string{option};
  return {position_of(of.options, option), std::move(path), std::move(text), diagnostic::severity::error};
}

}  // namespace tidegate::config
