#include "pipeline/health.hpp"

#include <cstdio>

namespace tidegate::pipeline {

std::string_view to_string(state of) {
  switch (of) {
    case state::starting:
      return "starting";
    case state::running:
      return "running";
    case state::degraded:
      return "degraded";
    case state::backing_off:
      return "backing off";
    case state::failed:
      return "failed";
    case state::quarantined:
      return "quarantined";
    case state::stopped:
      return "stopped";
  }
  return "unknown";
}

health::health(std::string who, observe::log& log, const observe::clock& clock)
    : who_{std::move(who)}, log_{log}, clock_{clock}, since_{clock.now_utc()} {}

bool health::change(pipeline::state to, std::string_view why) {
  const bool news = state_ != to || why_ != why;
  if (state_ != to) since_ = clock_.now_utc();
  state_ = to;
  if (why_ != why) why_ = why;
  return news;
}

void health::starting() {
  const std::lock_guard lock{mutex_};
  bugs_in_a_row_ = 0;
  change(state::starting, {});
}

void health::running() {
  const std::lock_guard lock{mutex_};
  const auto before = state_;
  bugs_in_a_row_ = 0;
  if (!change(state::running, {})) return;
  if (before != state::starting) log_.info(who_, "running again");
}

void health::degraded(std::string_view why) {
  const std::lock_guard lock{mutex_};
  if (change(state::degraded, why)) log_.warning(who_, std::string{"degraded: "} + std::string{why});
}

void health::backing_off(std::string_view why, std::int64_t delay) {
  const std::lock_guard lock{mutex_};
  if (!change(state::backing_off, why)) return;
  char next[48];
  std::snprintf(next, sizeof next, "; next try in %.1f s", static_cast<double>(delay) / 1e9);
  log_.warning(who_, "backing off: " + std::string{why} + next);
}

void health::away(std::string_view why) {
  const std::lock_guard lock{mutex_};
  if (change(state::backing_off, why)) log_.warning(who_, "backing off: " + std::string{why});
}

void health::failed(std::string_view why) {
  const std::lock_guard lock{mutex_};
  if (change(state::failed, why))
    log_.error(who_,
               "failed: " + std::string{why} + "; it is not tried again until a reload or the next start");
}

bool health::bug(std::string_view why) {
  const std::lock_guard lock{mutex_};
  if (++bugs_in_a_row_ < bugs_max) {
    if (change(state::degraded, why)) log_.error(who_, "broke the plugin contract: " + std::string{why});
    return false;
  }
  change(state::quarantined, why);
  log_.error(who_, "quarantined after " + std::to_string(bugs_max) +
                       " broken contracts in a row, the last: " + std::string{why} +
                       "; it is not called again until a reload or the next start");
  return true;
}

void health::stopped() {
  const std::lock_guard lock{mutex_};
  if (state_ != state::failed && state_ != state::quarantined) change(state::stopped, {});
}

health::snapshot health::now() const {
  const std::lock_guard lock{mutex_};
  return {state_, why_, since_};
}

}  // namespace tidegate::pipeline
