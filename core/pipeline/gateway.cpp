#include "pipeline/gateway.hpp"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <utility>

#include "pipeline/gateway_parts.hpp"

namespace tidegate::pipeline {

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t late_after = 5 * second;

std::string seconds(std::int64_t nanoseconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%lld s", static_cast<long long>(nanoseconds / second));
  return text;
}

// A reload is also another chance for what has failed for good.
bool has_given_up(const lifecycle& life) {
  const auto now = life.health().state();
  return now == state::failed || now == state::quarantined;
}

}  // namespace

std::unique_ptr<gateway> gateway::create(config::gateway options, plugin::catalogue& plugins,
                                         const plugin::environment& with, config::diagnostics& said) {
  std::unique_ptr<gateway> made{new gateway{std::move(options), plugins, with}};
  made->first_parts_ = std::make_unique<made_parts>(made->make_parts(made->options_, said));
  if (said.has_errors()) return nullptr;
  return made;
}

gateway::gateway(config::gateway options, plugin::catalogue& plugins, const plugin::environment& with)
    : options_{std::move(options)}, plugins_{plugins}, environment_{with} {}

gateway::~gateway() {
  if (is_running_) stop();
}

// ---- making instances ----------------------------------------------------------------------------

gateway::made_parts gateway::make_parts(const config::gateway& of, config::diagnostics& said) {
  made_parts made;
  make_sinks(of, made, said);
  make_sources(of, made, said);
  make_chains(of, made, said);
  return made;
}

void gateway::make_sinks(const config::gateway& of, made_parts& into, config::diagnostics& said) {
  for (const auto& each : of.sinks) {
    const auto key = "sink " + each.name;
    auto identity = config::identity_of_sink(each);
    plugin::result result;
    if (auto* known = sink_named(each.name); known == nullptr) {
      auto& made = into.sinks[each.name];
      made = std::make_unique<sink_runner>(each, ++last_sink_number_, component_of(each), environment_);
      result = made->create();
    } else if (running_[key] != identity || has_given_up(known->life())) {
      if (running_[key] == identity) into.again.insert(key);
      auto& made = into.sink_exchanges[each.name];
      made.options = each;
      made.made = known->life().prepare(each, component_of(each), result);
    } else {
      continue;
    }
    if (!result.ok()) report(each, result, said);
    into.identities[key] = std::move(identity);
  }
}

void gateway::make_sources(const config::gateway& of, made_parts& into, config::diagnostics& said) {
  for (const auto& each : of.sources) {
    const auto key = "source " + each.name;
    auto identity = config::identity_of_source(each, of.tags);
    if (auto* known = source_named(each.name); known != nullptr && running_[key] == identity) {
      if (!has_given_up(known->life())) continue;
      into.again.insert(key);
    }
    auto& made = into.sources[each.name];
    made = std::make_unique<source_runner>(each, of.tags, component_of(each), environment_);
    if (const auto result = made->create(); !result.ok()) report(each, result, said);
    into.identities[key] = std::move(identity);
  }
}

void gateway::make_chains(const config::gateway& of, made_parts& into, config::diagnostics& said) {
  for (const auto& each : of.pipelines) {
    const auto key = "steps " + each.name;
    auto identity = config::identity_of_steps(each);
    auto* known = chain_of(each.name);
    // A sink that rejects must not wait for what becomes of that. A chain that has lost its steps goes on
    // without: what waits in it passes.
    if (known == nullptr && each.process.empty() && each.from_rejected.empty()) continue;
    if (known != nullptr && running_[key] == identity) {
      const auto steps = known->steps();
      if (std::none_of(steps.begin(), steps.end(), [](auto* step) { return has_given_up(*step); })) continue;
      into.again.insert(key);
    }
    const auto made = known == nullptr ? std::make_shared<processor_chain>(each, environment_) : nullptr;
    auto steps = (known != nullptr ? known : made.get())
                     ->prepare(
                         each.process,
                         [this](const config::instance& step) -> const plugin::component& {
                           return component_of(step);
                         },
                         [&](const config::instance& step, const plugin::result& result) {
                           report(step, result, said);
                         });
    if (known != nullptr) {
      into.step_exchanges[each.name] = std::move(steps);
    } else {
      made->begin_with(std::move(steps));
      into.chains[each.name] = made;
    }
    into.identities[key] = std::move(identity);
  }
}

source_runner* gateway::source_named(const std::string& name) const {
  const auto found = sources_.find(name);
  return found == sources_.end() ? nullptr : found->second.get();
}

sink_runner* gateway::sink_named(const std::string& name) const {
  const auto found = sinks_.find(name);
  return found == sinks_.end() ? nullptr : found->second.get();
}

processor_chain* gateway::chain_of(const std::string& pipeline) const {
  const auto found = chains_.find(pipeline);
  return found == chains_.end() ? nullptr : found->second.get();
}

// ---- running -------------------------------------------------------------------------------------

bool gateway::needs_spool() const noexcept { return config::has_durable(options_); }

std::vector<std::string> gateway::durable_routes() const { return config::durable_routes(options_); }

void gateway::start(const stores& with) {
  assert(with.spool != nullptr || !needs_spool());
  is_running_ = true;
  stores_ = with;
  auto parts = std::move(*std::exchange(first_parts_, nullptr));
  const auto all = parts.without_threads();
  install(parts);
  wire_ways();
  config::diagnostics none;
  wire_sinks(INT64_MAX, none);  // at once, since none has begun
  make_heads(true);
  connect_pipelines();
  list_workers();
  start_spool();
  start_new(all);
}

// When its streams are known: it tells of what nobody has asked for.
void gateway::start_spool() {
  if (stores_.spool != nullptr && !std::exchange(is_spool_started_, true)) stores_.spool->start();
}

void gateway::install(made_parts& parts) {
  for (auto& [name, made] : parts.sinks) sinks_[name] = std::move(made);
  for (auto& [name, made] : parts.chains) chains_[name] = std::move(made);
  for (auto& [name, made] : parts.sources) sources_[name] = std::move(made);
  for (auto& [name, identity] : parts.identities) running_[name] = std::move(identity);
}

// Against the flow, so that nobody speaks to one who is not there yet.
void gateway::start_new(const std::vector<std::string>& names) {
  const auto start_all = [&](const std::string& kind, auto& among) {
    for (auto& [name, each] : among)
      if (std::find(names.begin(), names.end(), kind + name) != names.end()) each->start();
  };
  start_all("sink ", sinks_);
  start_all("steps ", chains_);
  start_all("source ", sources_);
}

void gateway::list_workers() {
  watched_.clear();
  for (auto& [name, each] : sinks_) watched_.push_back({each->life().who(), &each->worker()});
  for (auto& [name, each] : sources_) {
    auto& made = watched_.emplace_back(watched{each->life().who(), &each->worker()});
    // A poll may wait about as long for what it polls.
    if (const auto* of = named(options_.sources, name); of != nullptr && of->interval)
      made.patience = std::max(stuck_after, 2 * std::int64_t{of->interval->count()});
  }
  for (auto& [name, each] : chains_) watched_.push_back({"pipeline " + name, &each->worker()});
}

void gateway::watch() {
  watch_calls();
  for (auto& [name, each] : sinks_) each->settle_handed_on();
  for (auto& each : gap_reporters_)
    each.tell({environment_.clock.now_monotonic(), environment_.clock.now_utc()});
  end_ways_that_ran_dry();
  have_abandoned_ended();
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
  for (const auto& [name, sink] : sinks_)
    for (const auto& route : sink->routes())
      all.push_back({route.pipeline + " -> " + name, route.ledger, route.is_kept, route.possible_duplicates});
  return all;
}

std::vector<gateway::instance_status> gateway::instances() const {
  std::vector<instance_status> all;
  for (const auto& [name, each] : sources_) all.push_back({each->life().who(), each->life().health().now()});
  for (const auto& [name, each] : chains_)
    for (const auto* step : each->steps()) all.push_back({step->who(), step->health().now()});
  for (const auto& [name, each] : sinks_) all.push_back({each->life().who(), each->life().health().now()});
  return all;
}

}  // namespace tidegate::pipeline
