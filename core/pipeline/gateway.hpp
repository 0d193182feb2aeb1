// A whole gateway: the instances of a configuration, wired and run.
//
//   sources ==> [processor chain of a pipeline] ==> routes in memory ==> sinks
//                                              ==> spool ==> routes ==>
//
// create() makes and wires everything and touches no device, no disk and no network; start() lets it run and
// does not wait for any of it; stop() ends it in the order of the flow, so that what the sources gave last
// still reaches the sinks, or is in the spool.
//
// The spool is handed in when the gateway starts, because opening it takes a lock and reads a disk: `check`
// must not do that, whoever runs the gateway decides what a lock that is held means, and a test hands in a
// spool that it made up.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/gateway.hpp"
#include "pipeline/dead_letters.hpp"
#include "pipeline/gap_reporter.hpp"
#include "pipeline/gate.hpp"
#include "pipeline/health.hpp"
#include "pipeline/processor_chain.hpp"
#include "pipeline/sink_runner.hpp"
#include "pipeline/source_runner.hpp"
#include "pipeline/spool_inlet.hpp"
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
  bool needs_spool() const noexcept { return !durable_.empty(); }
  std::vector<std::string> durable_routes() const;
  // What outlives the gateway. It starts and stops the spool.
  struct stores {
    spool::spool* spool = nullptr;
    dead_letters* rejected = nullptr;  // of durable routes; without, what they reject is discarded
  };
  void start(const stores& with);
  void start() { start(stores{}); }

  // Orderly: sources first, then steps, then the sinks, which deliver what waits, the spool last. What has
  // not ended after shutdown_timeout is abandoned: named in the log, its thread left alone. False if there
  // was any; the program must then end without destroying the gateway.
  bool stop();
  // Makes a stop() that is under way give up waiting. From a signal: any thread.
  void hurry() noexcept { hurry_.store(true, std::memory_order_relaxed); }

  // Names calls that do not return, in the log, and tells pipelines that ask for it what was discarded. To be
  // called about every second.
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
  gateway(config::gateway options, const plugin::environment& with);
  void wire(plugin::catalogue& plugins, config::diagnostics& said);
  void wire_pipeline(const config::pipeline& pipeline, plugin::catalogue& plugins, config::diagnostics& said);
  std::vector<inlet*> wire_routes(const config::pipeline& pipeline);
  struct wired_pipeline;
  void connect_pipelines();
  std::vector<inlet*> heads_of(const config::pipeline& pipeline, const wired_pipeline& of);
  sink_runner& sink_named(const std::string& name);
  source_runner& source_named(const std::string& name);
  void wire_spool(const stores& with);
  gap_reporter* reporter_for(const config::pipeline& pipeline);
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
  void tell_last_gaps();
  void settle_in_spool(std::int64_t deadline);
  void log_chains() const;
  void log_routes() const;

  config::gateway options_;
  const plugin::environment& environment_;
  // A pipeline whose batches go to disk.
  struct durable_pipeline {
    const config::pipeline* options;
    spool_inlet head;
  };
  spool::spool* spool_ = nullptr;
  // A pipeline as it is wired: by its place in the configuration.
  struct wired_pipeline {
    std::vector<inlet*> routes;  // where it goes in the end, the heads of those that read it included
    processor_chain* chain = nullptr;
  };
  std::vector<wired_pipeline> wired_;
  std::deque<gate> gates_;
  // Whoever gives is destroyed before whoever takes.
  std::deque<durable_pipeline> durable_;
  std::vector<std::unique_ptr<sink_runner>> sinks_;
  std::vector<std::unique_ptr<processor_chain>> chains_;
  std::vector<std::unique_ptr<source_runner>> sources_;
  std::vector<watched> watched_;
  std::size_t stuck_ = 0;  // how many of them are
  std::deque<gap_reporter> gap_reporters_;
  std::atomic<bool> hurry_{false};
  bool running_ = false;
};

}  // namespace tidegate::pipeline
