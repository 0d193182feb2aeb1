// Runs one sink: gathers what waits in its routes into deliveries, hands them over, and makes of the answers
// what becomes of the samples.
//
// Each route has its own queue and ledger. The sink serves them in turn, within the window of unanswered
// deliveries that the component declares. After *retry* the samples return to their place and the sink
// rests for the delay; what waits is not lost, and no other sink notices.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config/gateway.hpp"
#include "pipeline/inlet.hpp"
#include "pipeline/lifecycle.hpp"
#include "pipeline/queue.hpp"
#include "pipeline/worker.hpp"
#include "plugin/instance.hpp"

namespace tidegate::pipeline {

class sink_runner;

// A pipeline's way to this sink.
class route final : public inlet {
 public:
  route(sink_runner& to, std::string pipeline, const config::buffer& limits)
      : sink_{to}, pipeline_{std::move(pipeline)}, queue_{limits} {}
  bool push(const batch_ref& batch, const std::stop_token& giving_up) override;
  const std::string& pipeline() const noexcept { return pipeline_; }
  pipeline::ledger ledger() const;  // [any thread]

 private:
  friend class sink_runner;
  sink_runner& sink_;
  const std::string pipeline_;
  queue queue_;  // guarded by the sink's mutex
};

class sink_runner final : public plugin::services {
 public:
  // All references outlive the runner. `number` is the sink's own among all of the program: tokens of
  // other sinks are recognised as foreign.
  sink_runner(const config::instance& options, std::uint16_t number, const plugin::component& of,
              const plugin::environment& with);
  ~sink_runner() override;

  plugin::result create() { return life_.create(); }
  route& add_route(const std::string& pipeline, const config::buffer& limits);

  void start();
  // Deliver what waits without waiting for more, then end by itself. A sink that is in trouble does not
  // hold the program up: the first *retry* ends it as well.
  void request_drain();
  void request_stop();
  pipeline::worker& worker() noexcept { return worker_; }
  lifecycle& life() noexcept { return life_; }
  const std::vector<std::unique_ptr<route>>& routes() const noexcept { return routes_; }
  // Answers that were late, double or foreign.
  std::uint64_t stray_answers() const;

  // plugin::services
  void* batch_allocate(std::uint32_t) override { return nullptr; }
  void batch_discard(void*) override {}
  tidegate_status batch_submit(void*) override { return TIDEGATE_ERROR_BUG; }
  void complete(std::uint64_t token, const tidegate_outcome& outcome) override;
  void set_timer(std::int64_t delay) override;

 private:
  friend class route;
  struct flight;  // a delivery that is not answered yet

  void run();
  bool rest_until_retry();
  void serve();
  bool tick_if_due(std::int64_t now);
  flight* prepare(std::int64_t now);
  bool hand_over(flight& delivery);
  bool is_drained() const;
  std::int64_t next_event() const;
  void return_unanswered();

  flight* find(std::uint64_t token) const;
  std::unique_ptr<flight> remove(flight& answered);
  void retry(flight& answered, std::int64_t after, std::string_view reason);
  void reject(flight& answered, const tidegate_outcome& outcome);
  void count_stray(std::uint64_t token);

  const config::instance& options_;
  const plugin::environment& environment_;
  pipeline::worker worker_;
  lifecycle life_;
  std::vector<std::unique_ptr<route>> routes_;

  mutable std::mutex mutex_;          // all below, and the routes' queues
  std::condition_variable_any room_;  // a queue became shorter
  std::vector<std::unique_ptr<flight>> flights_;
  std::vector<std::unique_ptr<flight>> spare_;  // flights keep their memory
  std::size_t next_route_ = 0;
  std::uint64_t next_token_;
  std::int64_t rests_until_ = 0;
  std::int64_t timer_due_ = INT64_MAX;
  std::uint64_t stray_answers_ = 0;
  bool draining_ = false;
  bool trouble_while_draining_ = false;
};

}  // namespace tidegate::pipeline
