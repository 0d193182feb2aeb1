#include "config/instance_check.hpp"

#include <algorithm>
#include <limits>

#include "config/host_options.hpp"
#include "config/message.hpp"
#include "config/units.hpp"

namespace tidegate::config {

namespace {

using std::chrono::nanoseconds;

// What a component of each kind is called in examples.
std::string example_of(component_kind kind) {
  switch (kind) {
    case component_kind::source:
      return "cpu";
    case component_kind::processor:
      return "filter";
    case component_kind::sink:
      return "console";
  }
  return {};
}

bool is_map(component_kind kind, const std::string& path, const node& given, diagnostics& said) {
  if (given.type == node::kind::map || given.type == node::kind::null) return true;
  option wanted;
  wanted.types = option::object;
  wanted.examples.emplace_back();
  auto& example = wanted.examples.back();
  example.type = node::kind::map;
  example.entries.push_back({"plugin", {}, make_text(example_of(kind))});
  check_option(wanted, given, path, {}, said);
  return false;
}

// The name of the component; empty, and reported, if there is none.
std::string plugin_of(component_kind kind, const std::string& path, const node& given, diagnostics& said) {
  const auto below = child_path(path, "plugin");
  if (const auto* entry = given.find("plugin")) {
    option wanted;
    wanted.types = option::string;
    wanted.examples.push_back(make_text(example_of(kind)));
    return text_of(check_option(wanted, entry->value, below, {}, said));
  }
  for (const auto& entry : given.entries) {
    if (nearest(entry.key, {"plugin"}).empty()) continue;
    said.error(entry.where, child_path(path, entry.key), "unknown option; did you mean 'plugin'?");
    return {};
  }
  said.error(given.named, below,
             "is required but missing; add it, such as 'plugin: " + example_of(kind) + "'");
  return {};
}

void take_interval(instance& made, const value& checked, bool polled, diagnostics& said) {
  const auto* given = checked.find("interval");
  if (given == nullptr) return;
  const auto interval = integer_of(*given);
  if (!interval) return;
  made.interval = nanoseconds{*interval};
  // The host's own option has this limit already; a component's may have forgotten it.
  constexpr auto least = std::chrono::milliseconds{1};
  if (polled && *made.interval < least)
    said.error(position_of(checked, "interval"), child_path(made.path, "interval"),
               "must be at least 1ms; this is " + format_duration(*interval));
}

void take_ring(instance& made, const value& checked) {
  if (const auto ring = integer_of(checked.find("ring"))) made.ring = nanoseconds{*ring};
  if (const auto bytes = integer_of(checked.find("ring_max_size")))
    made.ring_bytes_max = static_cast<std::uint64_t>(*bytes);
  made.report_gaps = is_true(checked.find("report_gaps"));
}

void take_batch(instance& made, const value& checked) {
  const auto* given = checked.find("batch");
  if (given == nullptr) return;
  const auto limit = [](std::int64_t wanted) {
    return static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(wanted, 1, std::numeric_limits<std::uint32_t>::max()));
  };
  if (const auto samples = integer_of(given->find("max_samples"))) made.batch.max_samples = limit(*samples);
  if (const auto bytes = integer_of(given->find("max_bytes"))) made.batch.max_bytes = limit(*bytes);
  if (const auto wait = integer_of(given->find("max_wait"))) made.batch.max_wait = nanoseconds{*wait};
}

void take_retry(instance& made, const value& checked, diagnostics& said) {
  const auto* given = checked.find("retry");
  if (given == nullptr) return;
  const auto least = integer_of(given->find("min"));
  const auto most = integer_of(given->find("max"));
  if (least) made.retry.min = nanoseconds{*least};
  if (most) made.retry.max = nanoseconds{*most};
  if (!least || !most || *least <= *most) return;
  const bool min_is_written = given->find("min")->where.line != 0;
  const auto* wrong = min_is_written ? "min" : "max";
  said.error(
      position_of(*given, wrong), child_path(child_path(made.path, "retry"), wrong),
      min_is_written
          ? "is " + format_duration(*least) + ", more than retry.max (" + format_duration(*most) + ")"
          : "is " + format_duration(*most) + ", less than retry.min (" + format_duration(*least) + ")");
}

// What the component itself is given.
value without_host_options(value checked, component_kind kind, const schema& component) {
  auto* entries = std::get_if<value::map>(&checked.data);
  if (entries == nullptr) {
    checked.data = value::map{};
    return checked;
  }
  const auto is_host = [&](const auto& entry) { return is_host_option(kind, component, entry.first); };
  entries->erase(std::remove_if(entries->begin(), entries->end(), is_host), entries->end());
  return checked;
}

}  // namespace

std::optional<std::int64_t> integer_of(const value& checked) {
  const auto* number = std::get_if<std::int64_t>(&checked.data);
  return number == nullptr ? std::nullopt : std::optional{*number};
}

std::optional<std::int64_t> integer_of(const value* checked) {
  return checked == nullptr ? std::nullopt : integer_of(*checked);
}

bool is_true(const value* checked) {
  const auto* given = checked == nullptr ? nullptr : std::get_if<bool>(&checked->data);
  return given != nullptr && *given;
}

std::string text_of(const value& checked) {
  const auto* text = std::get_if<std::string>(&checked.data);
  return text == nullptr ? std::string{} : *text;
}

std::map<std::string, std::string> tags_of(const value* checked) {
  std::map<std::string, std::string> tags;
  const auto* entries = checked == nullptr ? nullptr : std::get_if<value::map>(&checked->data);
  if (entries == nullptr) return tags;
  for (const auto& [key, held] : *entries) tags.emplace(key, text_of(held));
  return tags;
}

std::optional<instance> check_instance(component_kind kind, std::string name, std::string path,
                                       const node& given, const check_context& with) {
  if (!is_map(kind, path, given, with.said)) return std::nullopt;
  instance made;
  made.plugin = plugin_of(kind, path, given, with.said);
  if (made.plugin.empty()) return std::nullopt;
  const auto found = with.schemas.find(kind, made.plugin);
  if (found.options == nullptr) {
    with.said.error(given.find("plugin")->value.where, child_path(path, "plugin"), found.problem);
    return std::nullopt;
  }
  const auto checked =
      check_option(instance_options(kind, *found.options, found.source), given, path, {}, with.said);
  made.name = std::move(name);
  made.kind = kind;
  made.where = given.named;
  made.path = std::move(path);
  if (kind == component_kind::source) {
    made.tags = tags_of(checked.find("tags"));
    take_interval(made, checked, found.source.polled, with.said);
    if (found.source.lossy) take_ring(made, checked);
  }
  if (kind == component_kind::sink) {
    take_batch(made, checked);
    take_retry(made, checked, with.said);
    if (const auto rate = integer_of(checked.find("catch_up_rate")))
      made.catch_up_rate = static_cast<std::uint32_t>(*rate);
    made.live_first = is_true(checked.find("live_first"));
  }
  made.options = without_host_options(checked, kind, *found.options);
  return made;
}

}  // namespace tidegate::config
