#include "pipeline/gateway.hpp"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <utility>

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
  }
  for (const auto& each : options_.pipelines) wire_pipeline(each, plugins, said);
}

void gateway::wire_pipeline(const config::pipeline& pipeline, plugin::catalogue& plugins,
                            config::diagnostics& said) {
  auto heads = wire_routes(pipeline);
  if (!pipeline.process.empty()) {
    auto& chain = *chains_.emplace_back(std::make_unique<processor_chain>(pipeline, environment_));
    for (const auto& each : pipeline.process)
      if (const auto result = chain.add_step(each, *plugins.get(each.kind, each.plugin)); !result.ok())
        report(each, result, said);
    watched_.push_back({"pipeline " + pipeline.name, &chain.worker()});
    for (auto* head : heads) chain.outlets().add(*head);
    heads = {&chain};
  }
  for (const auto& name : pipeline.from)
    for (auto* head : heads) source_named(name).outlets().add(*head);
}

// Where a pipeline's batches go in the end.
std::vector<inlet*> gateway::wire_routes(const config::pipeline& pipeline) {
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

bool gateway::join(pipeline::worker& worker, const std::string& who, std::int64_t deadline) {
  // Short steps, so that a second signal is noticed.
  while (true) {
    const auto now = environment_.clock.now_monotonic();
    if (worker.join_until(std::min(deadline, now + second / 10))) return true;
    if (now < deadline && !hurry_.load(std::memory_order_relaxed)) continue;
    const auto call = worker.current_call();
    environment_.log.error(who, std::string{"abandoned: "} + (call ? call->function : "it") +
                                    " does not return, and the time to stop is over");
    return false;
  }
}

bool gateway::stop() {
  running_ = false;
  const auto now = environment_.clock.now_monotonic();
  // Whoever comes first must leave time for those behind it.
  const auto within = [&](double share) {
    return now + static_cast<std::int64_t>(static_cast<double>(options_.shutdown_timeout.count()) * share);
  };
  bool all = drain_sources(within(0.25), within(0.33));
  all = stop_chains(within(0.5), within(0.6)) && all;
  for (auto& each : gap_reporters_)
    each.tell_last({environment_.clock.now_monotonic(), environment_.clock.now_utc()});
  // What was given last can be delivered once it is accepted.
  if (spool_ != nullptr) spool_->flush(within(0.65));
  all = stop_sinks(within(0.8), within(0.95)) && all;
  all = stop_sources(within(1)) && all;
  if (spool_ != nullptr) spool_->stop();
  log_routes();
  return all;
}

bool gateway::is_drained(pipeline::worker& worker, std::int64_t until) {
  while (!worker.join_until(std::min(until, environment_.clock.now_monotonic() + second / 10)))
    if (environment_.clock.now_monotonic() >= until || hurry_.load(std::memory_order_relaxed)) return false;
  return true;
}

// Nothing more comes from any. Those that wait for acknowledgements go on waiting until the sinks have ended.
bool gateway::drain_sources(std::int64_t drain_deadline, std::int64_t deadline) {
  bool all = true;
  for (auto& each : sources_) each->request_drain();
  for (auto& each : sources_)
    if (!each->is_acknowledged() && !is_drained(each->worker(), drain_deadline)) each->request_stop();
  for (auto& each : sources_)
    if (!each->is_acknowledged()) all = join(each->worker(), each->life().who(), deadline) && all;
  return all;
}

bool gateway::stop_sources(std::int64_t deadline) {
  bool all = true;
  for (auto& each : sources_) each->request_stop();
  for (auto& each : sources_)
    if (each->is_acknowledged()) all = join(each->worker(), each->life().who(), deadline) && all;
  return all;
}

bool gateway::stop_chains(std::int64_t drain_deadline, std::int64_t deadline) {
  bool all = true;
  for (auto& each : chains_) each->request_drain();
  for (auto& each : chains_)
    if (!is_drained(each->worker(), drain_deadline)) each->request_stop();
  for (auto& each : chains_) all = join(each->worker(), "pipeline " + each->options().name, deadline) && all;
  return all;
}

bool gateway::stop_sinks(std::int64_t drain_deadline, std::int64_t deadline) {
  bool all = true;
  for (auto& each : sinks_) each->request_drain();
  for (auto& each : sinks_)
    if (!is_drained(each->worker(), drain_deadline)) each->request_stop();
  for (auto& each : sinks_) all = join(each->worker(), each->life().who(), deadline) && all;
  return all;
}

// "discarded 5 (full 3, rejected 2)"
static std::string discarded_text(const ledger& of) {
  std::string reasons;
  for (std::size_t index = 0; index < discard_reason_count; ++index) {
    const auto why = static_cast<discard_reason>(index);
    if (of.discarded(why) == 0) continue;
    reasons += (reasons.empty() ? " (" : ", ") + std::string{to_string(why)} + " " +
               std::to_string(of.discarded(why));
  }
  return "discarded " + std::to_string(of.discarded()) + reasons + (reasons.empty() ? "" : ")");
}

void gateway::log_routes() const {
  for (const auto& route : routes()) {
    const auto& ledger = route.ledger;
    auto line = "accepted " + std::to_string(ledger.accepted) + ", delivered " +
                std::to_string(ledger.delivered) + ", " + discarded_text(ledger) + ", waiting " +
                std::to_string(ledger.waiting);
    if (route.possible_duplicates != 0)
      line += ", possible duplicates " + std::to_string(route.possible_duplicates);
    const bool is_lost = ledger.waiting != 0 && !route.is_kept;
    if (is_lost) line += "; what waits in memory is lost now";
    if (ledger.waiting != 0 && route.is_kept) line += ", kept in the spool";
    if (is_lost || ledger.discarded() != 0) {
      environment_.log.warning("route " + route.name, line);
    } else {
      environment_.log.info("route " + route.name, line);
    }
  }
}

void gateway::watch() {
  watch_calls();
  for (auto& each : gap_reporters_)
    each.tell({environment_.clock.now_monotonic(), environment_.clock.now_utc()});
}

void gateway::watch_calls() {
  const auto now = environment_.clock.now_monotonic();
  for (auto& each : watched_) {
    const auto call = each.worker->current_call();
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
