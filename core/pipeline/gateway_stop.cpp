// The end of a gateway, in the order of the flow, and what is told of it.
#include <algorithm>
#include <utility>

#include "config/flow_order.hpp"
#include "pipeline/gateway.hpp"

namespace tidegate::pipeline {

static constexpr std::int64_t second = 1'000'000'000;

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

// How far from the sources chains and sinks are: 0 is behind nobody.
struct gateway::distances {
  std::map<std::string, std::size_t> of_chains;  // by pipeline
  std::map<std::string, std::size_t> of_sinks;
  std::size_t last = 0;
};

gateway::distances gateway::measure() const {
  distances made;
  const auto upstreams = config::upstreams_of(options_.pipelines);
  for (const auto place : config::flow_order(upstreams)) {
    const auto& pipeline = options_.pipelines[place];
    std::size_t own = 0;
    for (const auto& each : upstreams[place])
      own = std::max(own, made.of_chains[options_.pipelines[each.pipeline].name] + 1);
    // All that write to a sink come before those that read what it rejects.
    for (const auto& name : pipeline.from_rejected) own = std::max(own, made.of_sinks[name] + 1);
    for (const auto& name : pipeline.to) {
      auto& behind = made.of_sinks[name];
      behind = std::max(behind, own + 1);
      made.last = std::max(made.last, behind);
    }
    made.of_chains[pipeline.name] = own;
    made.last = std::max(made.last, own);
  }
  // Those that nobody writes to have nothing to hurry for.
  for (const auto& [name, sink] : sinks_)
    if (made.of_sinks[name] == 0) made.of_sinks[name] = made.last;
  return made;
}

// Chains and sinks in the order of the flow: what some give last still passes the others.
std::vector<gateway::stage> gateway::stages() const {
  auto distance = measure();
  std::vector<stage> all;
  for (std::size_t at = 0; at <= distance.last; ++at) {
    stage chains;
    stage sinks;
    for (const auto& [name, chain] : chains_)
      if (distance.of_chains[name] == at) chains.chains.push_back(chain.get());
    for (const auto& [name, sink] : sinks_)
      if (distance.of_sinks[name] == at) sinks.sinks.push_back(sink.get());
    if (!chains.chains.empty()) all.push_back(std::move(chains));
    if (!sinks.sinks.empty()) all.push_back(std::move(sinks));
  }
  return all;
}

bool gateway::stop() {
  is_running_ = false;
  const auto begin = environment_.clock.now_monotonic();
  // Whoever comes first must leave time for those behind it.
  const auto within = [&](double share) {
    return begin + static_cast<std::int64_t>(static_cast<double>(options_.shutdown_timeout.count()) * share);
  };
  constexpr double sources_end = 0.33;
  constexpr double stages_end = 0.95;
  bool all = drain_sources(within(0.25), within(sources_end));
  const auto in_order = stages();
  const double share =
      (stages_end - sources_end) / static_cast<double>(std::max<std::size_t>(1, in_order.size()));
  bool are_gaps_told = false;
  for (std::size_t index = 0; index < in_order.size(); ++index) {
    const auto at = [&](double part) {
      return within(sources_end + share * (static_cast<double>(index) + part));
    };
    const auto& now = in_order[index];
    if (!now.sinks.empty()) {
      if (!std::exchange(are_gaps_told, true)) tell_last_gaps();
      // What was given last can be delivered once it is accepted.
      if (stores_.spool != nullptr) stores_.spool->flush(at(0.16));
    }
    all = stop_chains(now.chains, at(0.75), at(1)) && all;
    all = stop_sinks(now.sinks, at(0.75), at(1)) && all;
    // What the last of them handed on is safe when it is committed.
    for (auto& [name, each] : sinks_) each->settle_handed_on();
  }
  all = stop_sources(within(1)) && all;
  if (stores_.spool != nullptr) settle_in_spool(within(1));
  for (auto& [name, each] : sinks_) each->forget_handed_on();
  log_routes();
  return have_abandoned_ended() && all;
}

void gateway::tell_last_gaps() {
  for (auto& each : gap_reporters_)
    each.tell_last({environment_.clock.now_monotonic(), environment_.clock.now_utc()});
}

// What branches were given last is settled before the cursors are written for the last time.
void gateway::settle_in_spool(std::int64_t deadline) {
  const bool has_branches = std::any_of(options_.pipelines.begin(), options_.pipelines.end(),
                                        [](const auto& each) { return !each.from_rejected.empty(); });
  if (has_branches) {
    stores_.spool->flush(deadline);
    for (auto& [name, each] : sinks_) each->settle_handed_on();
  }
  stores_.spool->stop();
}

bool gateway::is_drained(pipeline::worker& worker, std::int64_t until) {
  while (!worker.join_until(std::min(until, environment_.clock.now_monotonic() + second / 10)))
    if (environment_.clock.now_monotonic() >= until || hurry_.load(std::memory_order_relaxed)) return false;
  return true;
}

// Nothing more comes from any. Those that wait for acknowledgements go on waiting until the sinks have ended.
bool gateway::drain_sources(std::int64_t drain_deadline, std::int64_t deadline) {
  bool all = true;
  for (auto& [name, each] : sources_) each->request_drain();
  for (auto& [name, each] : sources_)
    if (!each->is_acknowledged() && !is_drained(each->worker(), drain_deadline)) each->request_stop();
  for (auto& [name, each] : sources_)
    if (!each->is_acknowledged()) all = join(each->worker(), each->life().who(), deadline) && all;
  return all;
}

bool gateway::stop_sources(std::int64_t deadline) {
  bool all = true;
  for (auto& [name, each] : sources_) each->request_stop();
  for (auto& [name, each] : sources_)
    if (each->is_acknowledged()) all = join(each->worker(), each->life().who(), deadline) && all;
  return all;
}

bool gateway::stop_chains(const std::vector<processor_chain*>& these, std::int64_t drain_deadline,
                          std::int64_t deadline) {
  bool all = true;
  for (auto* each : these) each->request_drain();
  for (auto* each : these)
    if (!is_drained(each->worker(), drain_deadline)) each->request_stop();
  for (auto* each : these) all = join(each->worker(), "pipeline " + each->options().name, deadline) && all;
  return all;
}

bool gateway::stop_sinks(const std::vector<sink_runner*>& these, std::int64_t drain_deadline,
                         std::int64_t deadline) {
  bool all = true;
  for (auto* each : these) each->request_drain();
  for (auto* each : these)
    if (!is_drained(each->worker(), drain_deadline)) each->request_stop();
  for (auto* each : these) all = join(each->worker(), each->life().who(), deadline) && all;
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

// What chains discarded before it reached a route, or had not passed on.
void gateway::log_chain(const processor_chain& of) const {
  const auto ledger = of.ledger();
  if (ledger.discarded() == 0 && ledger.waiting == 0) return;
  environment_.log.warning("pipeline " + of.options().name,
                           "before its steps: accepted " + std::to_string(ledger.accepted) + ", passed on " +
                               std::to_string(ledger.delivered) + ", " + discarded_text(ledger) +
                               ", waiting " + std::to_string(ledger.waiting) +
                               (ledger.waiting == 0 ? "" : "; what waits in memory is lost now"));
}

void gateway::log_route(const route_status& of) const {
  const auto& ledger = of.ledger;
  auto line = "accepted " + std::to_string(ledger.accepted) + ", delivered " +
              std::to_string(ledger.delivered) + ", " + discarded_text(ledger) + ", waiting " +
              std::to_string(ledger.waiting);
  if (of.possible_duplicates != 0) line += ", possible duplicates " + std::to_string(of.possible_duplicates);
  const bool is_lost = ledger.waiting != 0 && !of.is_kept;
  if (is_lost) line += "; what waits in memory is lost now";
  if (ledger.waiting != 0 && of.is_kept) line += ", kept in the spool";
  if (is_lost || ledger.discarded() != 0) {
    environment_.log.warning("route " + of.name, line);
  } else {
    environment_.log.info("route " + of.name, line);
  }
}

void gateway::log_routes() const {
  for (const auto& [name, chain] : chains_) log_chain(*chain);
  for (const auto& route : routes()) log_route(route);
}

}  // namespace tidegate::pipeline
