#include "pipeline/lifecycle.hpp"

#include <functional>

namespace tidegate::pipeline {

std::string who_is(const config::instance& options) {
  return std::string{config::to_string(options.kind)} + " " + options.name;
}

// Instances that fail at the same moment must not try again at the same moment.
static std::uint64_t seed_of(const config::instance& options, const observe::clock& clock) {
  return std::hash<std::string>{}(options.path) ^ static_cast<std::uint64_t>(clock.now_utc());
}

lifecycle::lifecycle(const config::instance& options, const plugin::component& of,
                     const plugin::environment& with, plugin::services& calls, pipeline::worker& on)
    : options_{options},
      component_{of},
      environment_{with},
      services_{calls},
      worker_{on},
      who_{who_is(options)},
      health_{who_, with.log, with.clock},
      backoff_{options.retry, seed_of(options, with.clock)} {}

plugin::result lifecycle::create() {
  plugin::result said;
  instance_ = prepare(options_, component_, said);
  return said;
}

std::unique_ptr<plugin::instance> lifecycle::prepare(const config::instance& options,
                                                     const plugin::component& of,
                                                     plugin::result& said) const {
  return plugin::instance::create(of, options.name, who_, options.options, environment_, services_, said);
}

std::unique_ptr<plugin::instance> lifecycle::replace(std::unique_ptr<plugin::instance> by,
                                                     const config::instance& options) {
  {
    const std::lock_guard lock{interrupt_mutex_};
    instance_.swap(by);
    interruptible_ = interrupted_ = false;
  }
  backoff_ = backoff{options.retry, seed_of(options, environment_.clock)};
  retry_at_ = 0;
  health_.starting();
  return by;
}

lifecycle::outcome lifecycle::try_start() {
  {
    const std::lock_guard lock{interrupt_mutex_};
    interruptible_ = true;
    interrupted_ = false;
  }
  const auto said = call("start", [](plugin::instance& it) { return it.start(); });
  if (said.ok()) {
    started_ = true;
    backoff_.reset();
    health_.running();
    return outcome::started;
  }
  {
    const std::lock_guard lock{interrupt_mutex_};
    interruptible_ = false;
  }
  if (said.status == TIDEGATE_ERROR_PERMANENT || said.status == TIDEGATE_ERROR_CONFIGURATION) {
    health_.failed(said.text);
    return outcome::never;
  }
  if (said.status == TIDEGATE_ERROR_BUG && health_.bug("start: " + said.text)) return outcome::never;
  const auto delay = backoff_.next();
  retry_at_ = environment_.clock.now_monotonic() + delay;
  if (said.status != TIDEGATE_ERROR_BUG && said.status != TIDEGATE_STOPPING)
    health_.backing_off(said.text, delay);
  return outcome::later;
}

void lifecycle::stop() {
  if (!started_) return;
  {
    const std::lock_guard lock{interrupt_mutex_};
    interruptible_ = false;
  }
  started_ = false;
  const worker::call watched{worker_, "stop"};
  instance_->stop();
}

void lifecycle::interrupt() {
  // The lock is held through the call, so that stop cannot begin meanwhile: request_stop comes before it.
  const std::lock_guard lock{interrupt_mutex_};
  if (!interruptible_ || interrupted_) return;
  interrupted_ = true;
  instance_->request_stop();
}

bool lifecycle::survives(const plugin::result& said, const char* function) {
  switch (said.status) {
    case TIDEGATE_ERROR_PERMANENT:
    case TIDEGATE_ERROR_CONFIGURATION:
      stop();
      health_.failed(std::string{function} + ": " + said.text);
      return false;
    case TIDEGATE_ERROR_BUG:
      if (!health_.bug(std::string{function} + ": " + said.text)) return true;
      stop();
      return false;
    default:
      return true;
  }
}

}  // namespace tidegate::pipeline
