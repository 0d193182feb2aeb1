// Runs one source: starts it, polls it at its interval, and hands what it submits to its pipelines.
#pragma once

#include <cstdint>

#include "config/gateway.hpp"
#include "pipeline/batch.hpp"
#include "pipeline/inlet.hpp"
#include "pipeline/lifecycle.hpp"
#include "pipeline/worker.hpp"
#include "plugin/instance.hpp"

namespace tidegate::pipeline {

// create() and outlets() while the gateway is wired, then start(), request_stop(), join. What a running
// instance submits may come from any thread.
class source_runner final : public plugin::services {
 public:
  // All references outlive the runner. `gateway_tags` lie under the source's own.
  source_runner(const config::instance& options, const std::map<std::string, std::string>& gateway_tags,
                const plugin::component& of, const plugin::environment& with);

  plugin::result create() { return life_.create(); }
  fan_out& outlets() noexcept { return outlets_; }

  void start();
  void request_stop();
  pipeline::worker& worker() noexcept { return worker_; }
  lifecycle& life() noexcept { return life_; }

  // plugin::services
  void* batch_allocate(std::uint32_t bytes) override;
  void batch_discard(void* block) override;
  tidegate_status batch_submit(void* block) override;
  void complete(std::uint64_t, const tidegate_outcome&) override {}
  void set_timer(std::int64_t) override {}

 private:
  void run();
  void poll_at_intervals();
  bool poll();

  const config::instance& options_;
  const plugin::component& component_;
  const plugin::environment& environment_;
  tag_suffix tags_;
  fan_out outlets_;
  pipeline::worker worker_;
  lifecycle life_;
};

}  // namespace tidegate::pipeline
