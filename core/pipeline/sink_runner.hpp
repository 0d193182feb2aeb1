// Runs one sink: gathers what waits for it into deliveries, hands them over, and makes of the answers
// what becomes of the samples.
//
// Each route has a backlog of its own. The sink serves them in turn, within the window of unanswered
// deliveries that the component declares. After *retry* the samples return to their place and the sink
// rests for the delay; what waits is not lost, and no other sink notices.
//
// A delivery that is rejected as a whole is offered again in halves, so that one sample that the sink can
// never take does not cost the others: of n samples with one such, 2 log2 n deliveries more. What is rejected
// goes to the pipelines that read what the sink rejects, if there are any, else to the dead letters of the
// route, and waits until they have it; a route that has none discards it. A sink that rejects one delivery
// after the other rests in between as after a retry.
//
// After an outage, and after the start, a route catches up with what has piled up, at no more than the sink's
// catch_up_rate, until nothing waits for the first time. With `live_first`, what comes meanwhile has a lane
// of its own, which is not held back and is served first; but not four times in a row while the other has
// something ready, so that a sink that is slower than what comes in goes on catching up.
//
// Threads: one strand takes from the backlogs and calls the component; answers come on any thread. The sink's
// lock guards what is in flight; it is held neither while a backlog is asked, which may mean a disk, nor
// during a call of the component.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/gateway.hpp"
#include "pipeline/backlog.hpp"
#include "pipeline/backoff.hpp"
#include "pipeline/bell.hpp"
#include "pipeline/dead_letters.hpp"
#include "pipeline/handed_on.hpp"
#include "pipeline/inlet.hpp"
#include "pipeline/lifecycle.hpp"
#include "pipeline/memory_backlog.hpp"
#include "pipeline/paced_line.hpp"
#include "pipeline/strand_change.hpp"
#include "pipeline/token_bucket.hpp"
#include "pipeline/worker.hpp"
#include "plugin/instance.hpp"

namespace tidegate::pipeline {

class sink_runner final : public plugin::services {
 public:
  // Component and environment outlive the runner. `number` is the sink's own among all of the program: tokens
  // of other sinks are recognised as foreign.
  sink_runner(const config::instance& options, std::uint16_t number, const plugin::component& of,
              const plugin::environment& with);
  ~sink_runner() override;

  plugin::result create() { return life_.create(); }

  // Before start(), or in a change_ways(): a pipeline's way to this sink. Whoever has a backlog calls wake()
  // when something has come. `rejected` outlives the runner, and may be null.
  void add_route(std::string pipeline, std::shared_ptr<backlog> waiting, dead_letters* rejected);
  memory_backlog& add_memory_route(std::string pipeline, const config::buffer& limits);
  // Takes what is rejected on all routes, instead of dead letters. Never waited for: without room, it is
  // offered again. Outlives the runner.
  void add_branch(inlet& to) { branch_.push_back(borrowed(to)); }
  // The same as in add_route() holds for these.
  void lead_rejected_to(inlets branch);
  void remove_route(const backlog& waiting);
  bool has_route(const backlog& waiting) const;
  bool has_branch() const { return !branch_.empty(); }
  void wake() { worker_.wake(); }

  void start();

  // Another instance in place of the one that runs; its routes, what waits, and the answers that are awaited
  // stay. What is under way is waited for until `patience_until`, then it is offered to the new one. See
  // strand_change.
  void request_exchange(std::unique_ptr<plugin::instance> by, config::instance options,
                        std::int64_t patience_until);
  bool is_exchanged(std::int64_t deadline) { return exchange_.wait_until(deadline, environment_.clock); }
  // What is done with the functions above while no call is under way; at once if it was not started.
  bool change_ways(std::function<void()> what, std::int64_t deadline);

  // Deliver what waits without waiting for more, then end by itself. A sink that is in trouble does not
  // hold the program up: the first *retry* ends it as well.
  void request_drain();
  void request_stop();
  pipeline::worker& worker() noexcept { return worker_; }
  lifecycle& life() noexcept { return life_; }

  // [any thread] Notes what the branch has safe by now. The strand does so while it runs.
  void settle_handed_on() { handed_on_->settle(); }
  // Nothing that the branch lets go from here on was safe.
  void forget_handed_on() { handed_on_->close(); }

  struct route_status {
    std::string pipeline;
    tidegate::ledger ledger;
    bool is_kept = false;                   // what waits is in the spool
    std::uint64_t possible_duplicates = 0;  // samples that may have arrived and were offered again
  };
  std::vector<route_status> routes() const;  // [any thread]
  // Answers that were late, double or foreign.
  std::uint64_t stray_answers() const;

  // plugin::services
  void* batch_allocate(std::uint32_t) override { return nullptr; }
  void batch_discard(void*) override {}
  tidegate_status batch_submit(void*) override { return TIDEGATE_ERROR_BUG; }
  void complete(std::uint64_t token, const tidegate_outcome& outcome) override;
  void set_timer(std::int64_t delay) override;

 private:
  struct route;
  struct flight;  // a delivery that is not answered yet
  struct burial;  // rejected samples on their way to the dead letters

  void run();
  bool rest_until_retry();
  bool rest_after_failure();
  bool is_yielding() const noexcept { return exchange_.is_requested(); }
  bool has_yielded(std::int64_t now) const;
  void exchange(std::unique_ptr<plugin::instance> by, config::instance options);
  void serve();
  bool tick_if_due(std::int64_t now);
  bool bury_next(std::int64_t now);
  bool bury(burial& next);
  bool hand_on(burial& next);
  bool make_copy(burial& next);
  void end_handing_on(burial& done);
  void take_back(burial& left);
  flight* prepare(std::int64_t now);
  void note_outage(route& of);
  void note_caught_up(route& of);
  bool is_held_back(const route& of, lane which) const;
  config::batch_limits limits_for(const route& of, lane which, std::int64_t now) const;
  std::int64_t ready_at(const route& of, lane which, std::int64_t now) const;
  flight* take_from(route& from, std::int64_t now);
  flight* take_from(route& from, lane which, std::int64_t now);
  bool has_window(std::int64_t now) const;
  flight* launch(route& from, std::vector<part>& parts);
  bool hand_over(flight& delivery);
  bool is_drained() const;
  bool is_draining() const;
  std::int64_t next_event() const;
  void return_unanswered();

  flight* claim(std::uint64_t token);
  void land(flight& answered);
  void deliver(flight& answered);
  void retry(flight& answered, std::int64_t after, std::string_view reason);
  std::optional<std::int64_t> rest(std::int64_t after);
  void reject(flight& answered, const tidegate_outcome& outcome);
  void reject_all(flight& answered, std::string_view reason);
  void rest_if_all_is_rejected(std::string_view reason);
  void let_go(route& from, std::vector<part>& rejected, std::uint32_t of, std::string_view reason);
  std::string where_rejected_go(const route& from, bool is_one) const;
  void count_stray(std::uint64_t token);
  void wake_from_outside();

  config::instance options_;
  const plugin::environment& environment_;
  pipeline::worker worker_;
  lifecycle life_;
  std::vector<std::unique_ptr<route>> routes_;  // changed by the strand, with the lock
  inlets branch_;                               // the same
  const std::shared_ptr<handed_on> handed_on_;

  strand_change exchange_;
  strand_change ways_;
  std::atomic<std::int64_t> patience_until_{0};
  bool is_started_ = false;  // the strand

  // The strand's own.
  std::size_t next_route_ = 0;
  std::vector<part> taken_;
  backoff bury_backoff_;
  std::int64_t buries_at_ = 0;
  std::optional<token_bucket> catch_up_;

  paced_line rejection_line_;
  std::atomic<std::uint64_t> next_portion_{1};

  mutable std::mutex mutex_;  // all below
  std::vector<std::unique_ptr<flight>> flights_;
  std::vector<std::unique_ptr<flight>> spare_;  // flights keep their memory
  std::deque<burial> burials_;                  // with the flights no more than the window
  std::uint64_t next_token_;
  int rejections_in_a_row_ = 0;  // of whole deliveries
  std::int64_t rests_until_ = 0;
  std::int64_t timer_due_ = INT64_MAX;
  std::uint64_t stray_answers_ = 0;
  bool draining_ = false;
  bool trouble_while_draining_ = false;
};

}  // namespace tidegate::pipeline
