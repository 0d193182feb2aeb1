// Runs the steps of one pipeline, in order, on one strand. Without steps it is what separates the pipeline
// from whoever pushes, who must not wait for it.
//
// Batches wait in a queue with the pipeline's limits. A step takes a batch and submits what becomes of it;
// that goes to the next step, and behind the last to the pipeline's routes; what it submits during the call
// carries the batch's claim, what it holds back does not. While a step cannot be started, or has failed,
// batches wait and the queue's policy decides. After a temporary error the same step is tried again on the
// same batch with back-off, and nothing else is done meanwhile; the steps before it, which may remember what
// they have seen, are not asked twice. A batch on which a step breaks its contract is discarded and counted:
// samples that were not processed must not pass for ones that were.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/gateway.hpp"
#include "pipeline/inlet.hpp"
#include "pipeline/lifecycle.hpp"
#include "pipeline/memory_backlog.hpp"
#include "pipeline/strand_change.hpp"
#include "pipeline/worker.hpp"
#include "plugin/instance.hpp"

namespace tidegate::pipeline {

class processor_chain final : public inlet {
 public:
  // Components and the environment outlive the chain.
  processor_chain(const config::pipeline& options, const plugin::environment& with);
  ~processor_chain() override;

  // While the gateway is wired: the steps in order.
  plugin::result add_step(const config::instance& options, const plugin::component& of);
  fan_out& outlets() noexcept { return outlets_; }

  void start();

  // Other steps in place of those that run: made while they are at work, each to be created before they are
  // used.
  class steps_to_come;
  std::shared_ptr<steps_to_come> prepare(
      const std::vector<config::instance>& process,
      const std::function<const plugin::component&(const config::instance&)>& find,
      const std::function<void(const config::instance&, const plugin::result&)>& failed);
  // Before start().
  void begin_with(std::shared_ptr<steps_to_come> first);
  // What is on its way through the old ones ends there, unless it is stuck until `patience_until`; what waits
  // before them is the new ones'. See strand_change.
  void request_exchange(std::shared_ptr<steps_to_come> by, std::int64_t patience_until);
  bool is_exchanged(std::int64_t deadline) { return exchange_.wait_until(deadline, environment_.clock); }
  void set_limits(const config::buffer& of);
  // After the end: nobody is waited for who pushes still.
  void close() { waiting_.close(); }

  void request_drain();  // end once nothing waits
  void request_stop();
  pipeline::worker& worker() noexcept { return worker_; }
  const config::pipeline& options() const noexcept { return options_; }
  std::vector<lifecycle*> steps();
  tidegate::ledger ledger() const {
    return waiting_.ledger();
  }  // of the chain's own queue: delivered means passed on

  // inlet
  bool push(const batch_ref& batch, const receipt& claim, const std::stop_token& giving_up) override {
    return waiting_.push(batch, claim, giving_up);
  }
  std::uint64_t credit() const override { return waiting_.credit(); }
  void expect_claims() override { outlets_.expect_claims(); }

 private:
  class step;
  // A batch on its way from step to step.
  struct unit {
    batch_ref batch;
    receipt claim;
  };

  void run();
  bool start_steps();
  void work();
  bool has_yielded() const;
  bool is_ending() const { return draining_ || worker_.stopping(); }
  bool has_given_up() const;
  void stop_steps();
  bool has_failed() const;
  bool is_resting() const { return environment_.clock.now_monotonic() < rests_until_; }
  bool is_drained() const;
  bool tick_due();
  bool advance();
  bool take_next();
  void settle_current();
  void collect_submitted(std::size_t index);
  bool has_units() const;
  bool pass_units_on(std::size_t from);
  bool pass_on(std::size_t index);
  bool process(std::size_t index, const unit& next);
  void rest(std::size_t index, std::string_view why);
  std::int64_t next_event() const;

  const config::pipeline options_;
  const plugin::environment& environment_;
  fan_out outlets_;
  pipeline::worker worker_;
  std::vector<std::unique_ptr<step>> steps_;

  // The strand's own.
  std::vector<std::deque<unit>> inboxes_;  // what waits before each step, and behind the last
  std::vector<part> current_;              // what was taken from the queue and has not passed
  std::uint32_t refused_ = 0;              // samples, of what became of the current batch
  std::int64_t rests_until_ = 0;

  memory_backlog waiting_;
  strand_change exchange_;
  std::atomic<std::int64_t> patience_until_{0};
  std::atomic<bool> draining_{false};
};

}  // namespace tidegate::pipeline
