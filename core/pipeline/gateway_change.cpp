// From what runs to what was made beforehand, in the order of the flow, so that what a pipeline has taken
// goes where it was to go when it was taken:
//
//   sources that change or go end | sinks exchange their instances | sources that stay pause
//   chains run empty, exchange their steps, or end | all is wired anew | sources go on
//   sinks that go end | what is new starts
//
// Nothing waits here for a peer. What hangs or is stuck has a part of shutdown_timeout, as in a stop.
#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "pipeline/gateway_parts.hpp"

namespace tidegate::pipeline {

// Moments by which something is over, one way or the other.
struct gateway::schedule {
  schedule(std::int64_t now, std::chrono::nanoseconds all) : begin{now}, whole{all.count()} {}
  std::int64_t at(double share) const {
    return begin + static_cast<std::int64_t>(static_cast<double>(whole) * share);
  }
  std::int64_t begin;
  std::int64_t whole;
};

bool gateway::change_to(config::gateway next, made_parts parts, config::diagnostics& said) {
  const schedule times{environment_.clock.now_monotonic(), options_.shutdown_timeout};
  std::vector<std::string> fresh;
  for (const auto& [name, identity] : parts.identities) fresh.push_back(name);
  const auto again = parts.again;
  const auto threads = parts.without_threads();

  end_sources(next, parts, times);
  if (!exchange_sinks(parts, times, said)) return false;
  pause_sources();
  wait_for_chains(times.at(0.5));
  if (!exchange_steps(parts, times, said)) return false;
  end_chains(next, times);
  options_ = std::move(next);
  install(parts);
  wire_ways();
  if (!wire_sinks(times.at(0.8), said)) return false;
  make_heads(false);
  connect_pipelines();
  start_spool();
  resume_sources();
  retire_sinks(times);
  start_new(threads);
  std::erase_if(fresh, [&](const std::string& name) { return again.count(name) != 0; });
  if (!have_started(fresh, said)) return false;
  forget_retired();
  return true;
}

// ---- sources -------------------------------------------------------------------------------------

// A replayable one is told of what the sinks still deliver, as at a stop.
void gateway::end_sources(const config::gateway& next, const made_parts& parts, const schedule& times) {
  std::vector<std::string> ending;
  for (auto& [name, each] : sources_)
    if (parts.sources.count(name) != 0 || named(next.sources, name) == nullptr) ending.push_back(name);
  for (const auto& name : ending) sources_[name]->request_drain();
  for (const auto& name : ending)
    if (!is_drained(sources_[name]->worker(), times.at(0.2))) sources_[name]->request_stop();
  for (const auto& name : ending) {
    auto gone = std::move(sources_[name]);
    sources_.erase(name);
    running_.erase("source " + name);
    if (!join(gone->worker(), gone->life().who(), times.at(0.3))) abandon(std::move(gone));
  }
}

// Only until chains have run empty and all is wired. One that waits where a pipeline is full goes on waiting
// there.
void gateway::pause_sources() {
  for (auto& [name, each] : sources_) each->outlets().close();
  constexpr std::chrono::milliseconds patience{50};
  for (auto& [name, each] : sources_) each->outlets().wait_until_idle(patience);
}

void gateway::resume_sources() {
  for (auto& [name, each] : sources_) each->resume();
}

// ---- sinks ---------------------------------------------------------------------------------------

bool gateway::exchange_sinks(made_parts& parts, const schedule& times, config::diagnostics& said) {
  for (auto& [name, each] : parts.sink_exchanges)
    sinks_[name]->request_exchange(std::move(each.made), each.options, times.at(0.4));
  bool all = true;
  for (auto& [name, each] : parts.sink_exchanges) {
    const auto key = "sink " + name;
    if (sinks_[name]->is_exchanged(times.at(0.5))) {
      running_[key] = parts.identities[key];
      continue;
    }
    all = false;
    said.error(each.options.where, each.options.path,
               "the instance that runs hangs in a call, and cannot be exchanged now");
  }
  return all;
}

// They deliver what waits, as at a stop; what is on disk then stays there.
void gateway::retire_sinks(const schedule& times) {
  std::vector<std::string> ending;
  for (auto& [name, each] : sinks_)
    if (named(options_.sinks, name) == nullptr) ending.push_back(name);
  // What is accepted only by the next commit is theirs too.
  if (!ending.empty() && stores_.spool != nullptr) stores_.spool->flush(times.at(0.85));
  for (const auto& name : ending) sinks_[name]->request_drain();
  for (const auto& name : ending)
    if (!is_drained(sinks_[name]->worker(), std::max(times.at(0.9), environment_.clock.now_monotonic())))
      sinks_[name]->request_stop();
  for (const auto& name : ending) {
    auto gone = std::move(sinks_[name]);
    sinks_.erase(name);
    running_.erase("sink " + name);
    gone->settle_handed_on();
    if (join(gone->worker(), gone->life().who(), times.at(1))) {
      retired_sinks_[name] = std::move(gone);
      continue;
    }
    // Its thread may still touch what it reads.
    for (auto& each : ways_)
      if (each.sink == name) each.reader = nullptr;
    abandon(std::move(gone));
  }
}

// There is no way back any more.
void gateway::forget_retired() {
  for (auto& each : ways_) {
    if (!each.is_ended || sink_named(each.sink) != nullptr) continue;
    const auto left = each.waiting->ledger().waiting;
    if (left != 0 && each.reader != nullptr)
      environment_.log.warning(
          "spool",
          std::to_string(left) + " samples wait for " + each.name() +
              ", which is not configured any more; they are kept until their room is needed: configure it "
              "again, or remove them with 'tidegate spool drop'");
    log_route({each.name(), each.waiting->ledger(), each.waiting->is_kept(), 0});
  }
  retired_sinks_.clear();
  for (auto& each : ways_)
    if (each.is_ended && sink_named(each.sink) == nullptr) drop_way(each);
  std::erase_if(ways_, [](const way& each) { return each.waiting == nullptr; });
}

// ---- chains --------------------------------------------------------------------------------------

// One that is stuck is not waited for: what waits before its steps is the next ones'.
void gateway::wait_for_chains(std::int64_t deadline) {
  constexpr std::int64_t patience = 1'000'000'000;
  const auto until = std::min(deadline, environment_.clock.now_monotonic() + patience);
  const auto is_busy = [](const auto& each) { return each.second->ledger().waiting != 0; };
  while (std::any_of(chains_.begin(), chains_.end(), is_busy) && environment_.clock.now_monotonic() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
}

bool gateway::exchange_steps(made_parts& parts, const schedule& times, config::diagnostics& said) {
  const auto patience = std::min(times.at(0.6), environment_.clock.now_monotonic() + times.whole / 10);
  for (auto& [name, each] : parts.step_exchanges) chains_[name]->request_exchange(std::move(each), patience);
  bool all = true;
  for (auto& [name, each] : parts.step_exchanges) {
    const auto key = "steps " + name;
    if (chains_[name]->is_exchanged(times.at(0.7))) {
      running_[key] = parts.identities[key];
      continue;
    }
    all = false;
    const auto& of = chains_[name]->options();
    said.error(of.where, "pipelines." + name + ".process",
               "the steps that run hang, or wait for a sink that is full, and cannot be exchanged now");
  }
  return all;
}

void gateway::end_chains(const config::gateway& next, const schedule& times) {
  std::vector<std::string> ending;
  for (auto& [name, each] : chains_)
    if (named(next.pipelines, name) == nullptr) ending.push_back(name);
  for (const auto& name : ending) chains_[name]->request_drain();
  for (const auto& name : ending)
    if (!is_drained(chains_[name]->worker(), times.at(0.7))) chains_[name]->request_stop();
  for (const auto& name : ending) {
    auto gone = std::move(chains_[name]);
    chains_.erase(name);
    running_.erase("steps " + name);
    if (!join(gone->worker(), "pipeline " + name, times.at(0.75))) abandon(gone);
    log_chain(*gone);
    gone->close();
  }
}

// ---- the new -------------------------------------------------------------------------------------

// A first try of each, as far as it does not take long. One that says it will never start makes the whole
// wrong; a peer that is away is a normal state.
bool gateway::have_started(const std::vector<std::string>& names, config::diagnostics& said) {
  constexpr std::int64_t patience = 3'000'000'000;
  const auto until = environment_.clock.now_monotonic() + patience;
  bool all = true;
  for (const auto& name : names) {
    const auto look = [&](const config::instance& of, lifecycle& life) {
      while (life.health().state() == state::starting && environment_.clock.now_monotonic() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
      const auto now = life.health().now();
      if (now.state != state::failed && now.state != state::quarantined) return;
      all = false;
      said.error(of.where, of.path, "does not start: " + now.why);
    };
    for (const auto& each : options_.sources)
      if (name == "source " + each.name) look(each, source_named(each.name)->life());
    for (const auto& each : options_.sinks)
      if (name == "sink " + each.name) look(each, sink_named(each.name)->life());
    for (const auto& each : options_.pipelines)
      if (name == "steps " + each.name) {
        const auto steps = chain_of(each.name)->steps();
        for (std::size_t index = 0; index < steps.size(); ++index) look(each.process[index], *steps[index]);
      }
  }
  return all;
}

// ---- what hangs ----------------------------------------------------------------------------------

template <class Runner>
void gateway::abandon(Runner gone) {
  auto* worker = &gone->worker();
  const auto who = worker->name();
  abandoned_.push_back({who, worker, std::shared_ptr<void>{std::move(gone)}});
}

// Those that have come back after all are let go. Whether there is none left.
bool gateway::have_abandoned_ended() {
  std::erase_if(abandoned_, [](const abandoned& each) { return each.worker->join_until(0); });
  return abandoned_.empty();
}

}  // namespace tidegate::pipeline
