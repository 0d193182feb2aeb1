// What sources, steps and sinks have in common: an instance on a strand, started with back-off, in a named
// state, never called again once it failed for good.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "config/gateway.hpp"
#include "pipeline/backoff.hpp"
#include "pipeline/health.hpp"
#include "pipeline/worker.hpp"
#include "plugin/instance.hpp"

namespace tidegate::pipeline {

// "source cpu", "sink archive": how the log names an instance.
std::string who_is(const config::instance& options);

// Everything but interrupt() and the const functions belongs to the strand (or to the thread that wires
// the gateway, before the strand runs).
class lifecycle {
 public:
  lifecycle(const config::instance& options, const plugin::component& of, const plugin::environment& with,
            plugin::services& calls, pipeline::worker& on);

  // Makes the instance. Once, before everything else.
  plugin::result create();

  enum class outcome { started, later, never };
  // One try. `later`: try again at retry_at(); `never`: failed or quarantined.
  outcome try_start();
  std::int64_t retry_at() const noexcept { return retry_at_; }
  void stop();
  bool is_started() const noexcept { return started_; }

  // [any thread] Another instance, to take the place of this one: made while this one may be at work.
  std::unique_ptr<plugin::instance> prepare(const config::instance& options, const plugin::component& of,
                                            plugin::result& said) const;
  // In place of this one, which is not started, and is given back: as it is destroyed it may answer what it
  // has not answered. What options say of retrying is the new one's.
  [[nodiscard]] std::unique_ptr<plugin::instance> replace(std::unique_ptr<plugin::instance> by,
                                                          const config::instance& options);

  // [any thread] Makes a call that is under way return soon.
  void interrupt();

  // Calls into the started instance, watched: `function` is what the log calls it if it does not return.
  template <class Call>
  plugin::result call(const char* function, Call into) {
    const worker::call watched{worker_, function};
    return into(*instance_);
  }

  // For what a call reported. False: the instance must not be called any more (and was stopped).
  bool survives(const plugin::result& said, const char* function);

  std::int64_t next_delay() { return backoff_.next(); }
  void delivered_again() { backoff_.reset(); }

  pipeline::health& health() noexcept { return health_; }
  const pipeline::health& health() const noexcept { return health_; }
  const plugin::instance& instance() const noexcept { return *instance_; }
  const std::string& who() const noexcept { return who_; }

 private:
  const config::instance& options_;  // until it is created
  const plugin::component& component_;
  const plugin::environment& environment_;
  plugin::services& services_;
  pipeline::worker& worker_;
  std::string who_;
  pipeline::health health_;
  backoff backoff_;
  std::unique_ptr<plugin::instance> instance_;
  std::int64_t retry_at_ = 0;
  bool started_ = false;

  std::mutex interrupt_mutex_;
  bool interruptible_ = false;  // between the beginning of start and that of stop
  bool interrupted_ = false;
};

}  // namespace tidegate::pipeline
