#include "pipeline/source_runner.hpp"

namespace tidegate::pipeline {

static std::map<std::string, std::string> merged(std::map<std::string, std::string> over,
                                                 const std::map<std::string, std::string>& under) {
  over.insert(under.begin(), under.end());
  return over;
}

source_runner::source_runner(const config::instance& options,
                             const std::map<std::string, std::string>& gateway_tags,
                             const plugin::component& of, const plugin::environment& with)
    : options_{options},
      component_{of},
      environment_{with},
      tags_{merged(options.tags, gateway_tags)},
      worker_{options.name, with.clock},
      life_{options, of, with, *this, worker_} {}

void source_runner::start() {
  worker_.start([this] { run(); });
}

void source_runner::request_stop() {
  worker_.request_stop();
  life_.interrupt();
}

void source_runner::run() {
  while (!worker_.stopping()) {
    switch (life_.try_start()) {
      case lifecycle::outcome::never:
        return;
      case lifecycle::outcome::later:
        while (!worker_.stopping() && environment_.clock.now_monotonic() < life_.retry_at())
          worker_.wait_until(life_.retry_at());
        break;
      case lifecycle::outcome::started:
        poll_at_intervals();
        if (!life_.is_started()) return;  // failed for good
        life_.stop();
        break;
    }
  }
  life_.health().stopped();
}

// Polls fall due at a fixed rhythm from the start on. One that comes late does not move the next; those
// that were missed meanwhile are left out.
void source_runner::poll_at_intervals() {
  const auto interval = options_.interval ? options_.interval->count() : 0;
  if (component_.source->poll == nullptr || interval <= 0) {
    while (!worker_.stopping()) worker_.wait_until(worker::forever);
    return;
  }
  auto due = environment_.clock.now_monotonic() + interval;
  while (true) {
    worker_.wait_until(due);
    if (worker_.stopping()) return;
    const auto now = environment_.clock.now_monotonic();
    if (now < due) continue;
    if (!poll()) return;
    due += ((now - due) / interval + 1) * interval;
  }
}

// False when the instance must not be called any more.
bool source_runner::poll() {
  const auto said = life_.call("poll", [](plugin::instance& it) { return it.poll(); });
  if (said.status == TIDEGATE_ERROR_TEMPORARY) life_.health().degraded(said.text);
  if (said.ok()) life_.health().running();
  return life_.survives(said, "poll");
}

void* source_runner::batch_allocate(std::uint32_t bytes) { return allocate_block(bytes, tags_.reserve()); }

void source_runner::batch_discard(void* block) { release_block(block); }

tidegate_status source_runner::batch_submit(void* block) {
  tags_.append(block);
  const auto batch = batch_ref::adopt(block);
  return outlets_.push(batch, worker_.stop_token()) ? TIDEGATE_OK : TIDEGATE_STOPPING;
}

}  // namespace tidegate::pipeline
