#include "config/sink_rates.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "config/inflow.hpp"
#include "config/instance_check.hpp"
#include "config/message.hpp"
#include "config/units.hpp"

namespace tidegate::config {

namespace {

// A sample with a few fields as JSON, with its name and tags.
constexpr double payload_bytes = 200;
// A limit that is just reached is kept.
constexpr double tolerance = 1.001;
// What keeps a limit in any second, whenever that begins, does not use all of it in the long run.
constexpr double usable_messages = 0.9;

// What a sink declares; nothing where it has no such limit.
struct limits {
  std::optional<double> messages;  // a second
  std::optional<double> bytes;
  std::optional<double> samples_a_message;  // nothing: no such option, a message a sample

  bool any() const { return messages || bytes; }
  double samples() const { return samples_a_message.value_or(1); }
};

std::optional<double> positive(const value* given) {
  const auto number = integer_of(given);
  return number && *number > 0 ? std::optional{static_cast<double>(*number)} : std::nullopt;
}

limits limits_of(const instance& sink) {
  const auto* declared = sink.options.find("limits");
  if (declared == nullptr) return {};
  return {positive(declared->find("messages_per_second")), positive(declared->find("bytes_per_second")),
          positive(sink.options.find("samples_per_message"))};
}

// What comes to a sink by all its pipelines, in samples a second.
struct load {
  double samples = 0;
  double samples_without_steps = 0;
  std::vector<std::string> unknown;  // sources of which nobody knows
};

load load_of(const instance& sink, const gateway& all) {
  load made;
  std::set<std::string> unknown;
  for (const auto& each : all.pipelines) {
    if (std::find(each.to.begin(), each.to.end(), sink.name) == each.to.end()) continue;
    const auto from = inflow_of(each, all);
    made.samples += from.samples_per_second;
    if (each.process.empty() && !from.is_sifted) made.samples_without_steps += from.samples_per_second;
    for (const auto& name : from.unknown)
      if (unknown.insert(name).second) made.unknown.push_back(name);
  }
  return made;
}

std::string size(double bytes) {
  if (bytes < 1024) return about(bytes) + "B";
  if (bytes < 1024.0 * 1024) return about(bytes / 1024) + "KiB";
  return about(bytes / (1024.0 * 1024)) + "MiB";
}

std::string exact_size(double bytes) { return format_size(static_cast<std::int64_t>(bytes)); }

// "100 messages/s and 512KiB/s".
std::string text_of(const limits& allowed) {
  std::string made;
  if (allowed.messages) made = about(*allowed.messages) + " messages/s";
  if (allowed.messages && allowed.bytes) made += " and ";
  if (allowed.bytes) made += exact_size(*allowed.bytes) + "/s";
  return made;
}

// "at least 3 of 100 messages/s and 60B of 512KiB/s".
std::string use_of(const limits& allowed, double samples) {
  std::string made;
  if (allowed.messages)
    made = (allowed.samples() > 1 ? "at least " : "") + about(samples / allowed.samples()) + " of " +
           about(*allowed.messages) + " messages/s";
  if (allowed.messages && allowed.bytes) made += " and ";
  if (allowed.bytes) made += size(samples * payload_bytes) + " of " + exact_size(*allowed.bytes) + "/s";
  return made;
}

std::string line_of(const instance& sink, const limits& allowed, const load& from) {
  const auto line = "sink " + sink.name + ": ";
  if (from.samples <= 0)
    return line + "whether " + text_of(allowed) + " are enough depends on what " + givers(from.unknown);
  const auto more = from.unknown.empty() ? std::string{} : " and what " + givers(from.unknown) + " besides";
  const auto steps = from.samples_without_steps < from.samples ? " before the steps" : "";
  return line + "at about " + about(from.samples) + " samples/s" + steps + more + ", " +
         use_of(allowed, from.samples) + " are used";
}

void warn_of_messages(const instance& sink, const limits& allowed, double samples, diagnostics& said) {
  if (!allowed.messages) return;
  const auto usable = *allowed.messages * usable_messages;
  if (samples / allowed.samples() <= usable * tolerance) return;
  auto text =
      "is " + about(*allowed.messages) + ", of which " + about(usable) +
      " can be used in the long run, but about " + about(samples) + " samples/s come in, " +
      (allowed.samples() > 1 ? "at most " + about(allowed.samples()) + " in a message" : "a message each") +
      "; ";
  if (allowed.samples_a_message)
    text += "put more into one (samples_per_message: " + about(std::ceil(samples / (usable * tolerance))) +
            "), or ";
  said.warning(position_of(sink.options, "limits.messages_per_second"),
               child_path(sink.path, "limits.messages_per_second"),
               text + "read less often (interval); else samples pile up until the buffer is full");
}

void warn_of_bytes(const instance& sink, const limits& allowed, double samples, diagnostics& said) {
  const auto bytes = samples * payload_bytes;
  if (!allowed.bytes || bytes <= *allowed.bytes * tolerance) return;
  said.warning(
      position_of(sink.options, "limits.bytes_per_second"), child_path(sink.path, "limits.bytes_per_second"),
      "is " + exact_size(*allowed.bytes) + ", but about " + about(samples) +
          " samples/s come in, which are " + size(bytes) + "/s at " + about(payload_bytes) +
          " bytes each; send fewer fields, or read less often (interval); else samples pile up until "
          "the buffer is full");
}

}  // namespace

std::vector<std::string> rate_lines(const gateway& of) {
  std::vector<std::string> lines;
  for (const auto& sink : of.sinks) {
    const auto allowed = limits_of(sink);
    const auto from = load_of(sink, of);
    const bool is_used = from.samples > 0 || !from.unknown.empty();
    if (allowed.any() && is_used) lines.push_back(line_of(sink, allowed, from));
  }
  return lines;
}

void warn_of_rates(const gateway& of, diagnostics& said) {
  for (const auto& sink : of.sinks) {
    const auto allowed = limits_of(sink);
    const auto samples = load_of(sink, of).samples_without_steps;
    warn_of_messages(sink, allowed, samples, said);
    warn_of_bytes(sink, allowed, samples, said);
  }
}

}  // namespace tidegate::config
