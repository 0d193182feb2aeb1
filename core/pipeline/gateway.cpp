#include "pipeline/gateway.hpp"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <utility>

#include "config/flow_order.hpp"
#include "config/value.hpp"
#include "pipeline/spool_backlog.hpp"
#include "pipeline/spool_limits.hpp"

namespace tidegate::pipeline {

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t late_after = 5 * second;

std::string seconds(std::int64_t nanoseconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%lld s", static_cast<long long>(nanoseconds / second));
  return text;
}

// What an instance's create() said, with the place of the option it spoke of.
void report(const config::instance& of, const plugin::result& result, config::diagnostics& said) {
  const auto path = result.option.empty() ? of.path : of.path + "." + result.option;
  said.error(config::position_of(of.options, result.option), path, result.text);
}

}  // namespace

std::unique_ptr<gateway> gateway::create(config::gateway options, plugin::catalogue& plugins,
                                         const plugin::environment& with, config::diagnostics& said) {
  std::unique_ptr<gateway> made{new gateway{std::move(options), with}};
  made->wire(plugins, said);
  if (said.has_errors()) return nullptr;
  return made;
}

gateway::gateway(config::gateway options, const plugin::environment& with)
    : options_{std::move(options)}, environment_{with} {}

gateway::~gateway() {
  if (running_) stop();
}

void gateway::wire(plugin::catalogue& plugins, config::diagnostics& said) {
  std::uint16_t number = 0;
  for (const auto& each : options_.sinks) {
    const auto* component = plugins.get(each.kind, each.plugin);
    auto& made = sinks_.emplace_back(std::make_unique<sink_runner>(each, ++number, *component, environment_));
    if (const auto result = made->create(); !result.ok()) report(each, result, said);
    watched_.push_back({made->life().who(), &made->worker()});
  }
  for (const auto& each : options_.sources) {
    const auto* component = plugins.get(each.kind, each.plugin);
    auto& made =
        sources_.emplace_back(std::make_unique<source_runner>(each, options_.tags, *component, environment_));
    if (const auto result = made->create(); !result.ok()) report(each, result, said);
    watched_.push_back({made->life().who(), &made->worker()});
    // A poll may wait about as long for what it polls.
    if (each.interval)
      watched_.back().patience = std::max(stuck_after, 2 * std::int64_t{each.interval->count()});
  }
  for (const auto& each : options_.pipelines) wire_pipeline(each, plugins, said);
  connect_pipelines();
}

// The pipeline's own parts; how they are led into each other is for connect_pipelines().
void gateway::wire_pipeline(const config::pipeline& pipeline, plugin::catalogue& plugins,
                            config::diagnostics& said) {
  auto& made = wired_.emplace_back();
  made.routes = wire_routes(pipeline);
  // A sink that rejects must not wait for what becomes of that.
  if (pipeline.process.empty() && pipeline.from_rejected.empty()) return;
  made.chain = chains_.emplace_back(std::make_unique<processor_chain>(pipeline, environment_)).get();
  for (const auto& each : pipeline.process)
    if (const auto result = made.chain->add_step(each, *plugins.get(each.kind, each.plugin)); !result.ok())
      report(each, result, said);
  watched_.push_back({"pipeline " + pipeline.name, &made.chain->worker()});
}

// Against the flow, so that of each pipeline it is known what lies behind it. What a pipeline gives to those
// that read it, it gives them beside its routes: behind its steps, and not out of its buffer.
void gateway::connect_pipelines() {
  const auto upstreams = config::upstreams_of(options_.pipelines);
  const auto order = config::flow_order(upstreams);
  for (auto place = order.rbegin(); place != order.rend(); ++place) {
    const auto& pipeline = options_.pipelines[*place];
    const auto heads = heads_of(pipeline, wired_[*place]);
    for (const auto& name : pipeline.from)
      for (auto* head : heads) source_named(name).outlets().add(*head);
    for (const auto& name : pipeline.from_rejected) sink_named(name).add_branch(*heads.front());
    for (const auto& each : upstreams[*place])
      if (each.rejected_by.empty()) {
        auto& into = wired_[each.pipeline].routes;
        into.insert(into.end(), heads.begin(), heads.end());
      }
  }
}

// What is pushed to by those whom the pipeline reads.
std::vector<inlet*> gateway::heads_of(const config::pipeline& pipeline, const wired_pipeline& of) {
  auto heads = of.routes;
  if (of.chain != nullptr) {
    for (auto* each : heads) of.chain->outlets().add(*each);
    heads = {of.chain};
  }
  if (!pipeline.when.empty()) {
    auto& made = gates_.emplace_back(pipeline.when);
    for (auto* each : heads) made.outlets().add(*each);
    heads = {&made};
  }
  return heads;
}

// Where a pipeline's batches go in the end.
std::vector<inlet*> gateway::wire_routes(const config::pipeline& pipeline) {
  if (pipeline.to.empty()) return {};
  if (pipeline.buffer.type == config::buffer_type::disk) {
    auto& made = durable_.emplace_back();
    made.options = &pipeline;
    return {&made.head};
  }
  auto* gaps = reporter_for(pipeline);
  std::vector<inlet*> heads;
  for (const auto& name : pipeline.to) {
    auto& way = sink_named(name).add_memory_route(pipeline.name, pipeline.buffer);
    if (gaps != nullptr) gaps->add_route(pipeline.name + " -> " + name, way, {}, way);
    heads.push_back(&way);
  }
  return heads;
}

// Null if it does not ask for one.
gap_reporter* gateway::reporter_for(const config::pipeline& pipeline) {
  return pipeline.buffer.report_gaps ? &gap_reporters_.emplace_back(options_.tags) : nullptr;
}

sink_runner& gateway::sink_named(const std::string& name) {
  const auto found = std::find_if(options_.sinks.begin(), options_.sinks.end(),
                                  [&](const auto& each) { return each.name == name; });
  return *sinks_[static_cast<std::size_t>(found - options_.sinks.begin())];
}

source_runner& gateway::source_named(const std::string& name) {
  const auto found = std::find_if(options_.sources.begin(), options_.sources.end(),
                                  [&](const auto& each) { return each.name == name; });
  return *sources_[static_cast<std::size_t>(found - options_.sources.begin())];
}

std::vector<std::string> gateway::durable_routes() const {
  std::vector<std::string> names;
  for (const auto& each : durable_)
    for (const auto& sink : each.options->to) names.push_back(each.options->name + " -> " + sink);
  return names;
}

void gateway::wire_spool(const stores& with) {
  for (auto& each : durable_) {
    const auto& pipeline = *each.options;
    const auto limits = reader_limits_of(pipeline.buffer);
    auto& stream = with.spool->add_stream(pipeline.name, commit_rule_of(pipeline.buffer));
    each.head.open(stream);
    auto* gaps = reporter_for(pipeline);
    for (const auto& name : pipeline.to) {
      auto& sink = sink_named(name);
      auto& reader = with.spool->add_reader(stream, name, limits, [&sink] { sink.wake(); });
      each.head.add_route(reader, limits);
      auto waiting = std::make_unique<spool_backlog>(reader, environment_.clock);
      if (gaps != nullptr)
        gaps->add_route(pipeline.name + " -> " + name, *waiting, reader.discarded_earlier(), each.head);
      sink.add_route(pipeline.name, std::move(waiting), with.rejected);
    }
  }
}

// Against the flow, so that nobody speaks to one who is not there yet.
void gateway::start(const stores& with) {
  assert(with.spool != nullptr || !needs_spool());
  running_ = true;
  spool_ = with.spool;
  if (spool_ != nullptr) {
    wire_spool(with);
    spool_->start();
  }
  for (auto& each : sinks_) each->start();
  for (auto& each : chains_) each->start();
  for (auto& each : sources_) each->start();
}

void gateway::watch() {
  watch_calls();
  for (auto& each : sinks_) each->settle_handed_on();
  for (auto& each : gap_reporters_)
    each.tell({environment_.clock.now_monotonic(), environment_.clock.now_utc()});
}

bool gateway::is_stuck(watched& each, std::int64_t since, std::int64_t now) {
  const auto parts = each.worker->host_parts();
  if (parts % 2 == 1 || parts != each.host_parts) each.progressed_at = now;
  each.host_parts = parts;
  return now - std::max(since, each.progressed_at) > each.patience;
}

void gateway::watch_calls() {
  const auto now = environment_.clock.now_monotonic();
  stuck_ = 0;
  for (auto& each : watched_) {
    const auto call = each.worker->current_call();
    if (call && is_stuck(each, call->since, now)) ++stuck_;
    if (!call || now - call->since < late_after) {
      if (each.reported_for != 0 && (!call || call->since != each.reported_for)) {
        environment_.log.info(each.who, "the late call has returned");
        each.reported_for = 0;
      }
      continue;
    }
    if (each.reported_for == call->since && now < each.next_report) continue;
    // Told again at twice the age, so that a call that hangs for a day fills no log.
    each.reported_for = call->since;
    each.next_report = now + (now - call->since);
    environment_.log.warning(each.who, std::string{call->function} + " has not returned for " +
                                           seconds(now - call->since) + "; other instances go on");
  }
}

std::vector<gateway::route_status> gateway::routes() const {
  std::vector<route_status> all;
  for (const auto& sink : sinks_)
    for (const auto& route : sink->routes())
      all.push_back({route.pipeline + " -> " + sink->life().instance().name(), route.ledger, route.is_kept,
                     route.possible_duplicates});
  return all;
}

std::vector<gateway::instance_status> gateway::instances() const {
  std::vector<instance_status> all;
  for (const auto& each : sources_) all.push_back({each->life().who(), each->life().health().now()});
  for (const auto& each : chains_)
    for (const auto* step : each->steps()) all.push_back({step->who(), step->health().now()});
  for (const auto& each : sinks_) all.push_back({each->life().who(), each->life().health().now()});
  return all;
}

}  // namespace tidegate::pipeline
