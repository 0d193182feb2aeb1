#include "config/pipeline_check.hpp"

#include <algorithm>

#include "config/buffer_check.hpp"
#include "config/host_options.hpp"
#include "config/message.hpp"

namespace tidegate::config {

namespace {

std::vector<std::string> keys_of(const std::map<std::string, position>& places) {
  std::vector<std::string> names;
  for (const auto& place : places) names.push_back(place.first);
  return names;
}

}  // namespace

void declared_names::add(const std::string& name, const position& where) {
  places.emplace(name, where);
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
  made.from = names(checked, "from", path);
  made.to = names(checked, "to", path);
  made.process = steps(name, path, given);
  made.buffer = check_buffer(checked.find("buffer"), child_path(path, "buffer"), with_.said);
  return made;
}

std::vector<std::string> pipeline_checker::names(const value& checked, std::string_view key,
                                                 const std::string& path) {
  std::vector<std::string> all;
  const auto* given = checked.find(key);
  const auto below = child_path(path, key);
  if (given == nullptr || given->is_null()) {
    all_right_ = false;
  } else if (const auto* single = std::get_if<std::string>(&given->data)) {
    if (resolve(*given, key, below)) all.push_back(*single);
  } else if (const auto* items = std::get_if<value::list>(&given->data)) {
    all_right_ = all_right_ && !items->empty();
    for (std::size_t index = 0; index < items->size(); ++index) {
      const auto& item = (*items)[index];
      const auto name = text_of(item);
      if (std::find(all.begin(), all.end(), name) != all.end())
        with_.said.error(item.where, child_path(below, index),
                         "names " + in_quotes(name) + " a second time; remove it");
      else if (resolve(item, key, child_path(below, index)))
        all.push_back(name);
    }
  }
  return all;
}

bool pipeline_checker::resolve(const value& name, std::string_view key, const std::string& path) {
  const bool reads = key == "from";
  auto& wanted = reads ? sources_ : sinks_;
  auto& other = reads ? sinks_ : sources_;
  const auto text = text_of(name);
  if (const auto found = wanted.used.find(text); found != wanted.used.end()) {
    found->second = true;
    return true;
  }
  all_right_ = false;
  // Wrong in itself, or perhaps in what could not be read: that was said already.
  if (name.is_null() || !wanted.complete) return false;
  const std::string kind = reads ? "source" : "sink";
  if (other.places.count(text) != 0)
    with_.said.error(name.where, path,
                     in_quotes(text) + " is a " + (reads ? "sink" : "source") + "; '" + std::string{key} +
                         "' takes " + kind + "s");
  else
    with_.said.error(
        name.where, path,
        "there is no " + kind + " " + in_quotes(text) + suggestion(text, keys_of(wanted.places)));
  return false;
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
