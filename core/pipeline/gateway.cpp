#include "pipeline/gateway.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "config/value.hpp"

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
  std::vector<inlet*> heads;
  fan_out* into = nullptr;
  if (!pipeline.process.empty()) {
    auto& chain = *chains_.emplace_back(std::make_unique<processor_chain>(pipeline, environment_));
    for (const auto& each : pipeline.process)
      if (const auto result = chain.add_step(each, *plugins.get(each.kind, each.plugin)); !result.ok())
        report(each, result, said);
    watched_.push_back({"pipeline " + pipeline.name, &chain.worker()});
    heads.push_back(&chain);
    into = &chain.outlets();
  }
  for (const auto& name : pipeline.to) {
    const auto sink = std::find_if(options_.sinks.begin(), options_.sinks.end(),
                                   [&](const auto& each) { return each.name == name; });
    auto& route = sinks_[static_cast<std::size_t>(sink - options_.sinks.begin())]->add_route(pipeline.name,
                                                                                             pipeline.buffer);
    into != nullptr ? into->add(route) : heads.push_back(&route);
  }
  for (const auto& name : pipeline.from) {
    const auto source = std::find_if(options_.sources.begin(), options_.sources.end(),
                                     [&](const auto& each) { return each.name == name; });
    auto& outlets = sources_[static_cast<std::size_t>(source - options_.sources.begin())]->outlets();
    for (auto* head : heads) outlets.add(*head);
  }
}

// Against the flow, so that nobody speaks to one who is not there yet.
void gateway::start() {
  running_ = true;
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
  const auto timeout = options_.shutdown_timeout.count();
  // Whoever comes first must leave time for those behind it.
  const auto sources_deadline = now + timeout / 3;
  const auto drain_deadline = now + timeout * 3 / 4;
  const auto deadline = now + timeout;
  bool all = true;

  for (auto& each : sources_) each->request_stop();
  for (auto& each : sources_) all = join(each->worker(), each->life().who(), sources_deadline) && all;

  for (auto& each : chains_) each->request_drain();
  const auto drained = [&](pipeline::worker& worker, std::int64_t until) {
    while (!worker.join_until(std::min(until, environment_.clock.now_monotonic() + second / 10)))
      if (environment_.clock.now_monotonic() >= until || hurry_.load(std::memory_order_relaxed)) return false;
    return true;
  };
  const auto chains_deadline = now + timeout / 2;
  for (auto& each : chains_)
    if (!drained(each->worker(), chains_deadline)) each->request_stop();
  for (auto& each : chains_)
    all = join(each->worker(), "pipeline " + each->options().name, drain_deadline) && all;

  for (auto& each : sinks_) each->request_drain();
  for (auto& each : sinks_)
    if (!drained(each->worker(), drain_deadline)) each->request_stop();
  for (auto& each : sinks_) all = join(each->worker(), each->life().who(), deadline) && all;
  log_routes();
  return all;
}

void gateway::log_routes() const {
  for (const auto& [name, ledger] : routes()) {
    std::string line = "accepted " + std::to_string(ledger.accepted) + ", delivered " +
                       std::to_string(ledger.delivered) + ", discarded " + std::to_string(ledger.discarded());
    if (ledger.discarded() != 0)
      line += " (queue full " + std::to_string(ledger.discarded_full) + ", too old " +
              std::to_string(ledger.discarded_age) + ", rejected " +
              std::to_string(ledger.discarded_rejected) + ")";
    line += ", waiting " + std::to_string(ledger.waiting);
    if (ledger.waiting == 0 && ledger.discarded() == 0) {
      environment_.log.info("route " + name, line);
    } else {
      if (ledger.waiting != 0) line += "; what waits in memory is lost now";
      environment_.log.warning("route " + name, line);
    }
  }
}

void gateway::watch() {
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
      all.push_back({route->pipeline() + " -> " + sink->life().instance().name(), route->ledger()});
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
