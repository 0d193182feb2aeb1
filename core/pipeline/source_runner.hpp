// Runs one source: starts it, polls it at its interval, and hands what it submits to its pipelines, in the
// way that its flow asks for:
//
//   pausable    its threads wait where a pipeline blocks
//   replayable  the same, and it is told which of its marks are safe
//   lossy       a ring lies between (relay.hpp), so that it never waits
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "config/gateway.hpp"
#include "observe/metrics.hpp"
#include "pipeline/inlet.hpp"
#include "pipeline/lifecycle.hpp"
#include "pipeline/marks.hpp"
#include "pipeline/relay.hpp"
#include "pipeline/tag_suffix.hpp"
#include "pipeline/worker.hpp"
#include "plugin/instance.hpp"

namespace tidegate::pipeline {

// create() and outlets() while the gateway is wired, then start(), request_drain() or request_stop(), join.
// What a running instance submits may come from any thread.
class source_runner final : public plugin::services {
 public:
  // Component and environment outlive the runner. `gateway_tags` lie under the source's own.
  source_runner(const config::instance& options, const std::map<std::string, std::string>& gateway_tags,
                const plugin::component& of, const plugin::environment& with);
  ~source_runner() override;

  plugin::result create() { return life_.create(); }
  fan_out& outlets() noexcept { return outlets_; }

  void start();
  // When outlets() had been closed, and may lead to other pipelines now.
  void resume();
  // Nothing more is wanted of the source. Ends by itself: at once, or when the ring is empty, or when all
  // marks are acknowledged, for which what is behind the source has to go on.
  void request_drain();
  // Ends now. What is in the ring and would have to wait is lost, and counted; what is not safe yet a
  // replayable source delivers again after the next start.
  void request_stop();
  // Whether request_drain() makes it wait for what is behind it.
  bool is_acknowledged() const noexcept { return marks_ != nullptr; }
  pipeline::worker& worker() noexcept { return worker_; }
  lifecycle& life() noexcept { return life_; }

  // plugin::services
  void* batch_allocate(std::uint32_t bytes) override;
  void batch_discard(void* block) override;
  tidegate_status batch_submit(void* block) override;
  tidegate_status submit_marked(void* block, std::uint64_t mark, std::uint32_t flags) override;
  std::uint64_t credit() const override;
  void report(std::uint32_t health, std::string_view why) override;
  void complete(std::uint64_t, const tidegate_outcome&) override {}
  void set_timer(std::int64_t) override {}

 private:
  bool is_ending() const noexcept { return is_draining_ || worker_.stopping(); }
  bool push(void* block, const receipt& claim);
  std::shared_ptr<mark_claim> claim_of(std::uint64_t mark);

  void run();
  void serve();
  bool poll();
  void settle();
  bool tell_acknowledgements();
  bool acknowledge(std::uint64_t mark);
  void tell_losses();
  std::string limits_of_ring() const;
  void tell_report();
  void forget_report();
  void recovered();
  void empty_ring();

  const config::instance options_;
  const plugin::component& component_;
  const plugin::environment& environment_;
  tag_suffix tags_;
  fan_out outlets_;
  pipeline::worker worker_;
  lifecycle life_;
  std::stop_source intake_;  // ends the waiting of whoever submits
  std::atomic<bool> is_draining_{false};
  std::atomic<std::int64_t> tell_until_{INT64_MAX};
  std::atomic<std::thread::id> strand_;

  const std::shared_ptr<marks> marks_;  // of a replayable source, else null
  observe::metric* unacknowledged_ = nullptr;
  std::optional<relay> relay_;  // of a lossy source

  std::mutex report_mutex_;
  std::uint32_t reported_ = TIDEGATE_HEALTH_RUNNING;  // guarded, as is what follows
  std::string reported_why_;
  bool has_report_ = false;

  // The strand's own.
  std::vector<std::uint64_t> safe_;
  bool poll_fails_ = false;
  bool acknowledge_fails_ = false;
  bool is_losing_ = false;
  bool says_it_is_away_ = false;
};

}  // namespace tidegate::pipeline
