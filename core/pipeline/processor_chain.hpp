// Runs the steps of one pipeline, in order, on one strand.
//
// Batches wait in a queue with the pipeline's limits. A step takes a batch and submits what becomes of it;
// that goes to the next step, and behind the last to the pipeline's routes. While a step cannot be
// started, or has failed, batches wait and the queue's policy decides; after a temporary error the same batch
// is tried again with back-off. A batch on which a step breaks its contract is discarded and counted: samples
// that were not processed must not pass for ones that were.
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

class processor_chain final : public inlet {
 public:
  // All references outlive the chain.
  processor_chain(const config::pipeline& options, const plugin::environment& with);
  ~processor_chain() override;

  // While the gateway is wired: the steps in order.
  plugin::result add_step(const config::instance& options, const plugin::component& of);
  fan_out& outlets() noexcept { return outlets_; }

  void start();
  void request_drain();  // end once nothing waits
  void request_stop();
  pipeline::worker& worker() noexcept { return worker_; }
  const config::pipeline& options() const noexcept { return options_; }
  std::vector<lifecycle*> steps();
  pipeline::ledger ledger() const;  // of the chain's own queue: delivered means passed on

  // inlet
  bool push(const batch_ref& batch, const std::stop_token& giving_up) override;

 private:
  class step;
  enum class fate { passed, later, refused };

  void run();
  bool start_steps();
  void stop_steps();
  bool process_next();
  bool tick_due(std::int64_t now);
  fate pass_on(std::size_t from, const batch_ref& batch);
  void pass_on_submitted(std::size_t from);
  bool has_failed() const;
  std::int64_t next_event() const;

  const config::pipeline& options_;
  const plugin::environment& environment_;
  fan_out outlets_;
  pipeline::worker worker_;
  std::vector<std::unique_ptr<step>> steps_;
  std::int64_t rests_until_ = 0;  // the strand's own

  mutable std::mutex mutex_;  // all below
  std::condition_variable_any room_;
  queue queue_;
  bool draining_ = false;
};

}  // namespace tidegate::pipeline
