#include "config/pipeline_check.hpp"

#include <algorithm>

#include "config/buffer_check.hpp"
#include "config/glob.hpp"
#include "config/host_options.hpp"
#include "config/message.hpp"

namespace tidegate::config {

namespace {

constexpr std::string_view rejected_suffix = ".rejected";

}  // namespace

void declared_names::add(const std::string& name, const position& where) {
  if (places.emplace(name, where).second) names.push_back(name);
  used.emplace(name, false);
}

std::optional<pipeline> pipeline_checker::check(const std::string& name, const std::string& path,
                                                const node& given) {
  if (given.type == node::kind::null || (given.type == node::kind::map && given.entries.empty())) {
    all_right_ = false;
    with_.said.error(given.named, path, "is empty; it needs at least 'from: [SOURCE]' and 'to: [SINK]'");
    return std::nullopt;
  }
  const auto checked = check_option(pipeline_options(), given, path, {}, with_.said);
  pipeline made;
  made.name = name;
  made.where = given.named;
  take_from(checked, path, made);
  if (const auto* when = given.find("when"))
    if (const auto* known = checked.find("when"); known != nullptr)
      made.when = check_conditions(*known, when->value, child_path(path, "when"), with_.said);
  made.process = steps(name, path, given);
  take_to(checked, path, made);
  made.buffer = check_buffer(checked.find("buffer"), child_path(path, "buffer"), with_.said);
  const bool lacks_sinks = given.type == node::kind::map && given.find("to") == nullptr;
  if (lacks_sinks) ends_nowhere_.push_back({name, path, checked});
  // What is wrong with either was said.
  if ((made.from.empty() && !made.reads_others()) || (made.to.empty() && !lacks_sinks)) all_right_ = false;
  return made;
}

// ---- from ------------------------------------------------------------------------------------------

// The texts of an option that is one or a list of them, each with its place and path. What stands there twice
// is reported, and left out.
std::vector<pipeline_checker::word> pipeline_checker::words(const value& checked, std::string_view key,
                                                            const std::string& path) {
  std::vector<word> all;
  const auto* given = checked.find(key);
  const auto below = child_path(path, key);
  if (given == nullptr || given->is_null()) return all;
  if (const auto* single = std::get_if<std::string>(&given->data)) {
    all.push_back({*single, given->where, below});
  } else if (const auto* items = std::get_if<value::list>(&given->data)) {
    for (std::size_t index = 0; index < items->size(); ++index) {
      const auto& item = (*items)[index];
      const auto text = text_of(item);
      if (std::any_of(all.begin(), all.end(), [&](const word& each) { return each.text == text; }))
        with_.said.error(item.where, child_path(below, index),
                         "names " + in_quotes(text) + " a second time; remove it");
      else if (item.is_null())
        all_right_ = false;  // wrong in itself: that was said already
      else
        all.push_back({text, item.where, child_path(below, index)});
    }
  }
  all_right_ = all_right_ && !all.empty();
  return all;
}

void pipeline_checker::take_from(const value& checked, const std::string& path, pipeline& into) {
  for (const auto& each : words(checked, "from", path))
    if (!take_one_from(each, into)) all_right_ = false;
}

bool pipeline_checker::take_one_from(const word& given, pipeline& into) {
  const auto add = [](std::vector<std::string>& names, const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  if (const auto found = sources_.used.find(given.text); found != sources_.used.end()) {
    found->second = true;
    add(into.from, given.text);
    return true;
  }
  if (is_glob(given.text)) {
    const auto fitting = sources_that_fit(given);
    for (const auto& name : fitting) add(into.from, name);
    return !fitting.empty();
  }
  if (pipelines_.places.count(given.text) != 0) {
    add(into.from_pipelines, given.text);
    edges_.push_back({given.text, false, into.name, given.where, given.path});
    return true;
  }
  if (const auto sink = sink_that_rejects(given.text); !sink.empty()) {
    add(into.from_rejected, sink);
    edges_.push_back({sink, true, into.name, given.where, given.path});
    return true;
  }
  if (sources_.complete && pipelines_.complete && (sinks_.complete || !given.text.ends_with(rejected_suffix)))
    with_.said.error(given.where, given.path, unknown_from(given.text, into.name));
  return false;
}

// In the order of the file. None is an error.
std::vector<std::string> pipeline_checker::sources_that_fit(const word& pattern) {
  std::vector<std::string> fitting;
  for (const auto& name : sources_.names) {
    if (!glob_fits(pattern.text, name)) continue;
    sources_.used[name] = true;
    fitting.push_back(name);
  }
  if (!fitting.empty() || !sources_.complete) return fitting;
  std::string core;
  for (const char letter : pattern.text)
    if (letter != '*' && letter != '?') core += letter;
  with_.said.error(pattern.where, pattern.path,
                   "no source has a name like " + in_quotes(pattern.text) + suggestion(core, sources_.names));
  return fitting;
}

// "aws" of "aws.rejected", if there is such a sink.
std::string pipeline_checker::sink_that_rejects(std::string_view text) const {
  if (!text.ends_with(rejected_suffix)) return {};
  text.remove_suffix(rejected_suffix.size());
  std::string name{text};
  return sinks_.places.count(name) == 0 ? std::string{} : name;
}

std::string pipeline_checker::unknown_from(const std::string& text, const std::string& reader) const {
  if (sinks_.places.count(text) != 0)
    return in_quotes(text) + " is a sink; 'from' takes sources and pipelines, or '" + text +
           std::string{rejected_suffix} + "' for what it refuses for good";
  if (text.find('.') != std::string::npos) {
    std::vector<std::string> branches;
    for (const auto& name : sinks_.names) branches.push_back(name + std::string{rejected_suffix});
    return "there is no " + in_quotes(text) + "; behind a dot 'rejected' of a sink may stand" +
           suggestion(text, branches);
  }
  auto known = sources_.names;
  for (const auto& name : pipelines_.names)
    if (name != reader) known.push_back(name);
  return (pipelines_.names.size() > 1 ? "there is no source or pipeline " : "there is no source ") +
         in_quotes(text) + suggestion(text, known);
}

// ---- to --------------------------------------------------------------------------------------------

void pipeline_checker::take_to(const value& checked, const std::string& path, pipeline& into) {
  for (const auto& given : words(checked, "to", path)) {
    if (const auto found = sinks_.used.find(given.text); found != sinks_.used.end()) {
      found->second = true;
      into.to.push_back(given.text);
      continue;
    }
    all_right_ = false;
    if (sinks_.complete) with_.said.error(given.where, given.path, unknown_to(given.text, into.name));
  }
}

std::string pipeline_checker::unknown_to(const std::string& text, const std::string& writer) const {
  if (sources_.places.count(text) != 0) return in_quotes(text) + " is a source; 'to' takes sinks";
  if (pipelines_.places.count(text) != 0)
    return in_quotes(text) + " is a pipeline; 'to' takes sinks. To lead on into it, write 'from: " + writer +
           "' there";
  return "there is no sink " + in_quotes(text) + suggestion(text, sinks_.names);
}

std::vector<instance> pipeline_checker::steps(const std::string& name, const std::string& path,
                                              const node& given) {
  std::vector<instance> all;
  const auto* process = given.find("process");
  if (process == nullptr || process->value.type == node::kind::null) return all;
  const auto below = child_path(path, "process");
  if (process->value.type != node::kind::list) {
    with_.said.error(process->where, below,
                     std::string{"must be a list of steps such as [{plugin: filter}]; this is "} +
                         (process->value.type == node::kind::map ? "a map" : "a text"));
    return all;
  }
  for (std::size_t index = 0; index < process->value.items.size(); ++index) {
    auto step = check_instance(component_kind::processor, child_path(name + ".process", index),
                               child_path(below, index), process->value.items[index], with_);
    if (step) all.push_back(std::move(*step));
  }
  return all;
}

void pipeline_checker::warn_of_unused() const {
  if (!all_right_ || !sources_.complete || !sinks_.complete) return;
  for (const auto& [name, used] : sources_.used)
    if (!used)
      with_.said.warning(sources_.places.at(name), child_path("sources", name),
                         "no pipeline reads it; name it in 'from' of one, or remove it");
  for (const auto& [name, used] : sinks_.used)
    if (!used)
      with_.said.warning(sinks_.places.at(name), child_path("sinks", name),
                         "no pipeline writes to it; name it in 'to' of one, or remove it");
}

}  // namespace tidegate::config
