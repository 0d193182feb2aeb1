// tidegate explain SOURCE: where its samples go, in words, and what each step does to them.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "config/endurance.hpp"
#include "config/flow_order.hpp"
#include "config/instance_check.hpp"
#include "config/message.hpp"
#include "config/sink_rates.hpp"
#include "config/units.hpp"

namespace tidegate::cli {

namespace {

using config::gateway;
using config::instance;
using config::pipeline;

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const instance& named(const std::vector<instance>& all, const std::string& name, const char* kind) {
  std::vector<std::string> known;
  for (const auto& each : all) {
    if (each.name == name) return each;
    known.push_back(each.name);
  }
  throw usage_error{std::string{"there is no "} + kind + " '" + name + "'" + config::suggestion(name, known)};
}

std::string size(std::uint64_t bytes) { return config::format_size(static_cast<std::int64_t>(bytes)); }
std::string duration(std::chrono::nanoseconds time) { return config::format_duration(time.count()); }

std::string flow_text(const instance& source, std::uint32_t flow) {
  switch (flow) {
    case TIDEGATE_FLOW_REPLAYABLE:
      return "it waits where a pipeline blocks, and is told what is safe; after a crash it gives the rest "
             "again";
    case TIDEGATE_FLOW_LOSSY:
      return "it cannot wait: while a pipeline is full, the last " + duration(source.ring) + " or " +
             size(source.ring_bytes_max) + " are kept for it, and what is older is lost and counted";
    default:
      return "it waits where a pipeline blocks";
  }
}

std::string acceptance_text(const config::buffer& of, bool has_steps) {
  if (of.type == config::buffer_type::memory)
    return "in memory: accepted when they are in the queue, and lost when the program ends before they are "
           "delivered";
  switch (of.commit.when) {
    case config::commit_rule::mode::always:
      return std::string{"on disk: accepted when their commit is there, for which the "} +
             (has_steps ? "steps wait" : "source waits") + "; survives a kill and a power cut";
    case config::commit_rule::mode::never:
      return "on disk: accepted when they were written; survives a kill, but not a power cut";
    case config::commit_rule::mode::window:
      break;
  }
  return "on disk: accepted when their commit is there, " + duration(of.commit.window) +
         " after they came at the latest; survives a kill and a power cut";
}

std::string limits_text(const config::buffer& of) {
  auto text = size(of.max_bytes);
  if (of.max_samples) text += " or " + std::to_string(*of.max_samples) + " samples";
  text += of.type == config::buffer_type::disk ? " for each sink" : " for each sink, in its own queue";
  if (of.max_age) text += ", none older than " + duration(*of.max_age);
  switch (of.when_full) {
    case config::when_full::block:
      return text + "; when that is full, the sources wait";
    case config::when_full::drop_oldest:
      return text + "; when that is full, the oldest are discarded, and counted";
    case config::when_full::drop_newest:
      return text + "; when that is full, what comes is discarded, and counted";
    case config::when_full::thin_out:
      return text + "; the fuller it is, the fewer are taken, and the others are counted";
  }
  return text;
}

// Writes about one source and all that lies behind it.
class narrator {
 public:
  explicit narrator(const gateway& all)
      : all_{all}, endurance_{config::endurance_lines(all)}, rates_{config::rate_lines(all)} {}

  void tell(const instance& source, std::uint32_t flow) {
    std::printf("source %s (%s)\n", source.name.c_str(), source.plugin.c_str());
    if (source.interval && source.interval->count() > 0)
      std::printf("  is read every %s\n", duration(*source.interval).c_str());
    std::printf("  %s\n", flow_text(source, flow).c_str());
    if (source.tags.size() + all_.tags.size() != 0)
      std::printf("  gets the tags %s\n", tags_of(source).c_str());
    const auto reached = reached_from(source);
    if (reached.empty()) std::printf("  no pipeline reads it\n");
    for (const auto place : reached) tell_pipeline(all_.pipelines[place], source);
  }

 private:
  std::string tags_of(const instance& source) const {
    auto tags = source.tags;
    tags.insert(all_.tags.begin(), all_.tags.end());
    std::string text;
    for (const auto& [key, value] : tags)
      text += (text.empty() ? "" : ", ") + key + "=" + config::shown(value);
    return text;
  }

  // In the order of the flow.
  std::vector<std::size_t> reached_from(const instance& source) const {
    const auto upstreams = config::upstreams_of(all_.pipelines);
    std::vector<bool> is_reached(all_.pipelines.size());
    std::vector<std::size_t> places;
    for (const auto place : config::flow_order(upstreams)) {
      is_reached[place] = holds(all_.pipelines[place].from, source.name) ||
                          std::any_of(upstreams[place].begin(), upstreams[place].end(),
                                      [&](const auto& each) { return is_reached[each.pipeline]; });
      if (is_reached[place]) places.push_back(place);
    }
    return places;
  }

  void tell_pipeline(const pipeline& of, const instance& source) const {
    std::vector<std::string> ways;
    if (holds(of.from, source.name)) ways.push_back("directly");
    for (const auto& name : of.from_pipelines) ways.push_back("by way of pipeline " + name);
    for (const auto& name : of.from_rejected) ways.push_back("what " + name + " refuses for good");
    std::printf("\npipeline %s\n", of.name.c_str());
    std::printf("  gets them    %s\n", config::listed(ways).c_str());
    if (!of.when.empty()) std::printf("  takes those  of which %s\n", config::to_text(of.when).c_str());
    for (std::size_t index = 0; index < of.process.size(); ++index)
      std::printf("  step %zu       %s %s\n", index + 1, of.process[index].plugin.c_str(),
                  config::to_display(of.process[index].options).c_str());
    if (!of.process.empty())
      std::printf("  before them  they wait in memory, at most %s\n",
                  size(of.buffer.type == config::buffer_type::memory
                           ? of.buffer.max_bytes
                           : std::min(of.buffer.max_bytes, config::buffer::memory_bytes))
                      .c_str());
    if (of.to.empty()) {
      std::printf("  gives them   to the pipelines that read it, each with a buffer of its own\n");
      return;
    }
    std::printf("  keeps them   %s\n", acceptance_text(of.buffer, !of.process.empty()).c_str());
    std::printf("  at most      %s\n", limits_text(of.buffer).c_str());
    for (const auto& name : of.to) tell_sink(of, named(all_.sinks, name, "sink"));
  }

  void tell_sink(const pipeline& of, const instance& sink) const {
    std::printf("  -> sink %s (%s)\n", sink.name.c_str(), sink.plugin.c_str());
    if (const auto* encoding = sink.options.find("encoding"); encoding != nullptr)
      if (const auto* type = encoding->find("type"); type != nullptr && !type->is_null())
        std::printf("       as         %s\n", config::shown(config::text_of(*type)).c_str());
    auto batch = std::to_string(sink.batch.max_samples) + " samples or " + size(sink.batch.max_bytes);
    if (sink.batch.max_wait.count() > 0)
      batch += ", after " + duration(sink.batch.max_wait) + " at the latest";
    std::printf("       at a time  %s\n", batch.c_str());
    std::printf("       failures   tried again after %s to %s; nothing else waits for that\n",
                duration(sink.retry.min).c_str(), duration(sink.retry.max).c_str());
    std::printf("       refused    %s\n", refused_text(of, sink).c_str());
    tell_estimate(endurance_, "pipeline " + of.name + " -> " + sink.name + ": ");
    tell_estimate(rates_, "sink " + sink.name + ": ");
  }

  std::string refused_text(const pipeline& of, const instance& sink) const {
    std::vector<std::string> readers;
    for (const auto& each : all_.pipelines)
      if (holds(each.from_rejected, sink.name)) readers.push_back(each.name);
    if (!readers.empty()) return "go to pipeline " + config::listed(readers);
    return of.buffer.type == config::buffer_type::disk ? "go to the dead letters beside the spool"
                                                       : "are discarded, counted and logged";
  }

  static void tell_estimate(const std::vector<std::string>& lines, const std::string& about) {
    for (const auto& line : lines)
      if (line.starts_with(about)) std::printf("       estimate   %s\n", line.c_str() + about.size());
  }

  const gateway& all_;
  const std::vector<std::string> endurance_;
  const std::vector<std::string> rates_;
};

}  // namespace

int explain(const arguments& given) {
  if (given.operands.size() != 1)
    throw usage_error{given.operands.empty() ? "which source? 'tidegate graph' shows them"
                                             : "takes one source, not '" + given.operands[1] + "' besides"};
  config::diagnostics said;
  const auto opened = open_session(given, said);
  if (print(said)) return exit_configuration;
  const auto& source = named(opened.configuration->sources, given.operands.front(), "source");
  const auto flow = opened.plugins->get(source.kind, source.plugin)->source->flow;
  narrator{*opened.configuration}.tell(source, flow);
  return exit_ok;
}

}  // namespace tidegate::cli
