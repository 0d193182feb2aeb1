// A whole gateway: the instances of a configuration, wired and run.
//
//   sources ==> [processor chain of a pipeline] ==> routes in memory ==> sinks
//                                              ==> spool ==> routes ==>
//
// create() makes all instances and touches no device, no disk and no network; start() wires them and lets
// them run, and does not wait for any of it; reload() makes another configuration of it while it runs; stop()
// ends it in the order of the flow, so that what the sources gave last still reaches the sinks, or is in the
// spool.
//
// The spool is handed in when the gateway starts, because opening it takes a lock and reads a disk: `check`
// must not do that, whoever runs the gateway decides what a lock that is held means, and a test hands in a
// spool that it made up.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/difference.hpp"
#include "config/gateway.hpp"
#include "pipeline/bell.hpp"
#include "pipeline/dead_letters.hpp"
#include "pipeline/gap_reporter.hpp"
#include "pipeline/gate.hpp"
#include "pipeline/health.hpp"
#include "pipeline/processor_chain.hpp"
#include "pipeline/sink_runner.hpp"
#include "pipeline/source_runner.hpp"
#include "plugin/catalogue.hpp"
#include "plugin/instance.hpp"
#include "spool/spool.hpp"

namespace tidegate::pipeline {

// One thread at a time.
class gateway {
 public:
  // What is wrong with instances goes to `said`, with the position of the option; null if anything is.
  // The catalogue and the environment outlive the gateway.
  static std::unique_ptr<gateway> create(config::gateway options, plugin::catalogue& plugins,
                                         const plugin::environment& with, config::diagnostics& said);
  ~gateway();
  gateway(const gateway&) = delete;
  gateway& operator=(const gateway&) = delete;

  // Whether a pipeline is durable: start() needs a spool then.
  bool needs_spool() const noexcept;
  std::vector<std::string> durable_routes() const;
  // What outlives the gateway. It starts and stops the spool.
  struct stores {
    spool::spool* spool = nullptr;
    dead_letters* rejected = nullptr;  // of durable routes; without, what they reject is discarded
  };
  void start(const stores& with);
  void start() { start(stores{}); }

  // Opens stores for the first durable pipeline there is, which `of` names; without a spool they cannot be
  // had, and `problem` says why.
  using opener = std::function<stores(const std::vector<std::string>& of, std::string& problem)>;
  // Makes the gateway what `next` says, as a whole or not at all: what is the same goes on undisturbed, what
  // waits for a route goes on waiting for it. Where `said` has errors afterwards, all is as it was: an
  // instance that was to change may have been restarted, but with what it had before.
  config::difference reload(config::gateway next, const opener& open, config::diagnostics& said);
  const config::gateway& options() const noexcept { return options_; }

  // Orderly: sources first, then steps, then the sinks, which deliver what waits, the spool last. What has
  // not ended after shutdown_timeout is abandoned: named in the log, its thread left alone. False if there
  // was any; the program must then end without destroying the gateway.
  bool stop();
  // Makes a stop() that is under way give up waiting. From a signal: any thread.
  void hurry() noexcept { hurry_.store(true, std::memory_order_relaxed); }

  // Names calls that do not return, in the log, tells pipelines that ask for it what was discarded, and ends
  // what a reload has left to run dry. To be called about every second.
  void watch();
  // Whether no instance hangs: has been in one call for stuck_after, or twice its own interval if that is
  // more, without the host having anything to do with it meanwhile. As watch() saw it last.
  static constexpr std::int64_t stuck_after = 600'000'000'000;
  bool makes_progress() const noexcept { return stuck_ == 0; }

  struct route_status {
    std::string name;  // "telemetry -> archive"
    tidegate::ledger ledger;
    bool is_kept = false;                   // what waits is in the spool
    std::uint64_t possible_duplicates = 0;  // samples that may have arrived and were offered again
  };
  std::vector<route_status> routes() const;
  struct instance_status {
    std::string who;
    pipeline::health::snapshot now;
  };
  std::vector<instance_status> instances() const;

 private:
  gateway(config::gateway options, plugin::catalogue& plugins, const plugin::environment& with);

  // ---- making instances
  struct made_parts;
  made_parts make_parts(const config::gateway& of, config::diagnostics& said);
  void make_sources(const config::gateway& of, made_parts& into, config::diagnostics& said);
  void make_sinks(const config::gateway& of, made_parts& into, config::diagnostics& said);
  void make_chains(const config::gateway& of, made_parts& into, config::diagnostics& said);
  const plugin::component& component_of(const config::instance& of) {
    return *plugins_.get(of.kind, of.plugin);
  }

  // ---- wiring
  // A pipeline's way to one sink, and what waits on it.
  struct way {
    std::string pipeline;
    std::string sink;
    std::shared_ptr<bell> wakes;
    std::shared_ptr<memory_backlog> memory;  // or
    spool::reader* reader = nullptr;
    std::shared_ptr<backlog> waiting;
    bool is_ended = false;  // nothing comes any more: it goes when nothing waits

    std::string name() const { return pipeline + " -> " + sink; }
  };
  void wire_ways();
  way& way_for(const config::pipeline& pipeline, const std::string& sink, spool::stream* stream);
  bool wire_sinks(std::int64_t deadline, config::diagnostics& said);
  bool wire_sink(sink_runner& sink, const std::string& name, std::int64_t deadline,
                 config::diagnostics& said);
  std::shared_ptr<inlet> gate_before(const config::pipeline& pipeline);
  void make_heads(bool is_start);
  void connect_pipelines();
  inlets routes_of(const config::pipeline& pipeline);
  inlets heads_of(const config::pipeline& pipeline, inlets outlets);
  void end_ways_that_ran_dry();
  void drop_way(way& gone);
  void list_workers();
  source_runner* source_named(const std::string& name) const;
  sink_runner* sink_named(const std::string& name) const;
  processor_chain* chain_of(const std::string& pipeline) const;

  // ---- changing
  struct schedule;
  void refuse_what_is_fixed(const config::gateway& next, config::diagnostics& said) const;
  bool open_stores(const config::gateway& next, const opener& open, config::diagnostics& said);
  bool change_to(config::gateway next, made_parts parts, config::diagnostics& said);
  void end_sources(const config::gateway& next, const made_parts& parts, const schedule& times);
  bool exchange_sinks(made_parts& parts, const schedule& times, config::diagnostics& said);
  bool exchange_steps(made_parts& parts, const schedule& times, config::diagnostics& said);
  void pause_sources();
  void resume_sources();
  void wait_for_chains(std::int64_t deadline);
  void retire_sinks(const schedule& times);
  void end_chains(const config::gateway& next, const schedule& times);
  void start_spool();
  template <class Runner>
  void abandon(Runner gone);
  void forget_retired();
  void install(made_parts& parts);
  void start_new(const std::vector<std::string>& names);
  bool have_started(const std::vector<std::string>& names, config::diagnostics& said);
  void go_back(config::gateway before);

  void watch_calls();

  struct watched {
    std::string who;
    pipeline::worker* worker;
    std::int64_t patience = stuck_after;
    std::int64_t reported_for = 0;  // the call, by its beginning
    std::int64_t next_report = 0;
    std::int64_t progressed_at = 0;
    std::uint64_t host_parts = 0;
  };
  static bool is_stuck(watched& each, std::int64_t since, std::int64_t now);
  bool join(pipeline::worker& worker, const std::string& who, std::int64_t deadline);
  bool is_drained(pipeline::worker& worker, std::int64_t until);
  bool drain_sources(std::int64_t drain_deadline, std::int64_t deadline);
  bool stop_sources(std::int64_t deadline);
  struct distances;
  distances measure() const;
  // What is stopped together.
  struct stage {
    std::vector<processor_chain*> chains;
    std::vector<sink_runner*> sinks;
  };
  std::vector<stage> stages() const;
  bool stop_chains(const std::vector<processor_chain*>& these, std::int64_t drain_deadline,
                   std::int64_t deadline);
  bool stop_sinks(const std::vector<sink_runner*>& these, std::int64_t drain_deadline, std::int64_t deadline);
  bool have_abandoned_ended();
  void tell_last_gaps();
  void settle_in_spool(std::int64_t deadline);
  void log_routes() const;
  void log_chain(const processor_chain& of) const;
  void log_route(const route_status& of) const;

  config::gateway options_;
  plugin::catalogue& plugins_;
  const plugin::environment& environment_;
  stores stores_;
  std::unique_ptr<made_parts> first_parts_;  // until start()

  // What runs, and the identity of what it was made of: "source cpu", "sink archive", "steps telemetry".
  config::identities running_;
  std::vector<way> ways_;
  // Whoever gives is destroyed before whoever takes.
  std::map<std::string, std::unique_ptr<sink_runner>> sinks_;
  std::map<std::string, std::shared_ptr<processor_chain>> chains_;  // by pipeline
  std::map<std::string, std::unique_ptr<source_runner>> sources_;
  std::map<std::string, std::unique_ptr<sink_runner>> retired_sinks_;  // stopped, while a reload may go back
  // Hung when they were to end: their threads may still touch them.
  struct abandoned {
    std::string who;
    pipeline::worker* worker;
    std::shared_ptr<void> what;
  };
  std::vector<abandoned> abandoned_;

  std::map<std::string, inlets> branches_;                     // by sink: what reads what it rejects
  std::map<std::string, std::shared_ptr<inlet>> spool_heads_;  // by pipeline
  std::vector<watched> watched_;
  std::size_t stuck_ = 0;  // how many of them are
  std::deque<gap_reporter> gap_reporters_;
  std::uint16_t last_sink_number_ = 0;
  std::atomic<bool> hurry_{false};
  bool is_running_ = false;
  bool is_spool_started_ = false;
};

}  // namespace tidegate::pipeline
