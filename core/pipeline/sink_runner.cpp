#include "pipeline/sink_runner.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "tidegate/options.hpp"

namespace tidegate::pipeline {

struct sink_runner::flight {
  route* from = nullptr;
  std::vector<part> parts;
  std::vector<tidegate_slice> slices;
  tidegate_delivery raw{};
};

// ---- route ---------------------------------------------------------------------------------------

bool route::push(const batch_ref& batch, const std::stop_token& giving_up) {
  {
    std::unique_lock lock{sink_.mutex_};
    const auto room = [&] { return queue_.has_room(batch); };
    if (queue_.blocks() && !room() && !sink_.room_.wait(lock, giving_up, room)) return false;
    queue_.push(batch, sink_.environment_.clock.now_monotonic());
  }
  sink_.worker_.wake();
  return true;
}

ledger route::ledger() const {
  const std::lock_guard lock{sink_.mutex_};
  return queue_.ledger();
}

// ---- the strand ----------------------------------------------------------------------------------

sink_runner::sink_runner(const config::instance& options, std::uint16_t number, const plugin::component& of,
                         const plugin::environment& with)
    : options_{options},
      environment_{with},
      worker_{options.name, with.clock},
      life_{options, of, with, *this, worker_},
      next_token_{(std::uint64_t{number} << 48) + 1} {}

sink_runner::~sink_runner() = default;

route& sink_runner::add_route(const std::string& pipeline, const config::buffer& limits) {
  return *routes_.emplace_back(std::make_unique<route>(*this, pipeline, limits));
}

void sink_runner::start() {
  worker_.start([this] { run(); });
}

void sink_runner::request_drain() {
  {
    const std::lock_guard lock{mutex_};
    draining_ = true;
    rests_until_ = 0;
  }
  worker_.wake();
}

void sink_runner::request_stop() {
  worker_.request_stop();
  life_.interrupt();
}

void sink_runner::run() {
  while (!worker_.stopping()) {
    const auto outcome = life_.try_start();
    if (outcome == lifecycle::outcome::never) return;
    if (outcome == lifecycle::outcome::later) {
      if (!rest_until_retry()) break;
      continue;
    }
    serve();
    const bool failed = !life_.is_started();
    life_.stop();
    return_unanswered();
    if (failed) return;
    break;
  }
  life_.health().stopped();
}

// False when there is no use in another try.
bool sink_runner::rest_until_retry() {
  while (environment_.clock.now_monotonic() < life_.retry_at()) {
    if (worker_.stopping()) return false;
    {
      const std::lock_guard lock{mutex_};
      if (draining_) return false;
    }
    worker_.wait_until(life_.retry_at());
  }
  return true;
}

// Until the sink is stopped, drained or failed.
void sink_runner::serve() {
  while (!worker_.stopping() && life_.is_started()) {
    const auto now = environment_.clock.now_monotonic();
    if (tick_if_due(now)) continue;
    if (auto* delivery = prepare(now)) {
      hand_over(*delivery);
      continue;
    }
    if (is_drained()) return;
    worker_.wait_until(next_event());
  }
}

bool sink_runner::tick_if_due(std::int64_t now) {
  {
    const std::lock_guard lock{mutex_};
    if (now < timer_due_) return false;
    timer_due_ = INT64_MAX;
  }
  const auto said = life_.call("tick", [](plugin::instance& it) { return it.tick(); });
  if (said.status == TIDEGATE_ERROR_TEMPORARY) life_.health().degraded(said.text);
  life_.survives(said, "tick");
  return true;
}

// The next delivery that is worth handing over now, or null.
sink_runner::flight* sink_runner::prepare(std::int64_t now) {
  const std::lock_guard lock{mutex_};
  if (now < rests_until_ || trouble_while_draining_ || flights_.size() >= life_.instance().window())
    return nullptr;
  for (std::size_t tried = 0; tried < routes_.size(); ++tried) {
    auto& from = *routes_[next_route_];
    next_route_ = (next_route_ + 1) % routes_.size();
    const auto ready = from.queue_.ready_at(options_.batch);
    if (ready == INT64_MAX || (ready > now && !draining_)) continue;
    if (spare_.empty()) spare_.push_back(std::make_unique<flight>());
    auto made = std::move(spare_.back());
    spare_.pop_back();
    from.queue_.take(options_.batch, now, made->parts);
    if (made->parts.empty()) {  // all that waited was too old
      spare_.push_back(std::move(made));
      continue;
    }
    made->from = &from;
    made->slices.clear();
    std::uint32_t samples = 0;
    for (const auto& part : made->parts) {
      made->slices.push_back({part.batch.block(), part.first, part.count});
      samples += part.count;
    }
    made->raw = {sizeof(tidegate_delivery),
                 static_cast<std::uint32_t>(made->slices.size()),
                 made->slices.data(),
                 next_token_++,
                 samples,
                 made->parts.front().attempts + 1};
    return flights_.emplace_back(std::move(made)).get();
  }
  return nullptr;
}

bool sink_runner::hand_over(flight& delivery) {
  // The answer may come, and the flight be gone, before write returns.
  const auto token = delivery.raw.token;
  const auto& raw = delivery.raw;
  const auto said = life_.call("write", [&](plugin::instance& it) { return it.write(raw); });
  if (said.ok()) return true;
  {
    const std::lock_guard lock{mutex_};
    if (auto* unanswered = find(token)) {
      if (said.status == TIDEGATE_ERROR_PERMANENT) {
        tidegate_outcome refused{};
        refused.reason = tidegate::text(said.text);
        reject(*unanswered, refused);
      } else {
        retry(*unanswered, 0, said.text);
      }
    }
  }
  room_.notify_all();
  // What was refused for good is the samples' end, not the sink's.
  return said.status == TIDEGATE_ERROR_PERMANENT || life_.survives(said, "write");
}

bool sink_runner::is_drained() const {
  const std::lock_guard lock{mutex_};
  if (!draining_) return false;
  if (trouble_while_draining_) return true;
  return flights_.empty() && std::all_of(routes_.begin(), routes_.end(),
                                         [](const auto& route) { return route->queue_.nothing_to_take(); });
}

std::int64_t sink_runner::next_event() const {
  const std::lock_guard lock{mutex_};
  auto next = timer_due_;
  if (flights_.size() < life_.instance().window())
    for (const auto& route : routes_)
      if (const auto ready = route->queue_.ready_at(options_.batch); ready != INT64_MAX)
        next = std::min(next, std::max(ready, rests_until_));
  return next;
}

void sink_runner::return_unanswered() {
  {
    const std::lock_guard lock{mutex_};
    while (!flights_.empty()) {
      auto gone = remove(*flights_.back());
      gone->from->queue_.put_back(gone->parts);
      spare_.push_back(std::move(gone));
    }
  }
  room_.notify_all();
}

// ---- answers -------------------------------------------------------------------------------------

sink_runner::flight* sink_runner::find(std::uint64_t token) const {
  for (const auto& each : flights_)
    if (each->raw.token == token) return each.get();
  return nullptr;
}

std::unique_ptr<sink_runner::flight> sink_runner::remove(flight& answered) {
  const auto place = std::find_if(flights_.begin(), flights_.end(),
                                  [&](const auto& each) { return each.get() == &answered; });
  auto taken = std::move(*place);
  flights_.erase(place);
  return taken;
}

void sink_runner::complete(std::uint64_t token, const tidegate_outcome& outcome) {
  {
    const std::lock_guard lock{mutex_};
    auto* answered = find(token);
    if (answered == nullptr) {
      count_stray(token);
      return;
    }
    switch (outcome.kind) {
      case TIDEGATE_DELIVERED: {
        auto gone = remove(*answered);
        gone->from->queue_.settle(gone->parts, 0);
        spare_.push_back(std::move(gone));
        life_.delivered_again();
        life_.health().running();
        break;
      }
      case TIDEGATE_REJECTED:
        reject(*answered, outcome);
        break;
      case TIDEGATE_RETRY:
      case TIDEGATE_AMBIGUOUS:
        retry(*answered, outcome.retry_after, tidegate::view(outcome.reason));
        break;
      default:
        retry(*answered, 0, "the plugin answered with an outcome that does not exist");
        break;
    }
  }
  room_.notify_all();
  worker_.wake();
}

void sink_runner::retry(flight& answered, std::int64_t after, std::string_view reason) {
  auto gone = remove(answered);
  gone->from->queue_.put_back(gone->parts);
  spare_.push_back(std::move(gone));
  if (draining_) trouble_while_draining_ = true;
  const auto now = environment_.clock.now_monotonic();
  // Several deliveries that fail together are one failure.
  if (now < rests_until_ && after <= 0) return;
  const auto delay = after > 0 ? after : life_.next_delay();
  rests_until_ = std::max(rests_until_, now + delay);
  life_.health().backing_off(reason, delay);
}

void sink_runner::reject(flight& answered, const tidegate_outcome& outcome) {
  const auto samples = answered.raw.sample_count;
  for (std::uint32_t index = 0; index < outcome.rejected_count; ++index) {
    const bool ascends = index == 0 || outcome.rejected[index - 1] < outcome.rejected[index];
    if (ascends && outcome.rejected[index] < samples) continue;
    retry(answered, 0, "the plugin rejected samples that are not in the delivery");
    return;
  }
  const auto rejected = outcome.rejected_count == 0 ? samples : outcome.rejected_count;
  auto gone = remove(answered);
  gone->from->queue_.settle(gone->parts, rejected);
  environment_.log.error(life_.who(), std::to_string(rejected) + " of " + std::to_string(samples) +
                                          " samples were rejected and are discarded: " +
                                          std::string{tidegate::view(outcome.reason)});
  spare_.push_back(std::move(gone));
}

void sink_runner::count_stray(std::uint64_t token) {
  if (++stray_answers_ > 1) return;
  environment_.log.warning(
      life_.who(), "plugin misbehaving: answered delivery " + std::to_string(token & 0xffffffffffff) +
                       " twice, or one that it was not given; this and further ones are counted and ignored");
}

std::uint64_t sink_runner::stray_answers() const {
  const std::lock_guard lock{mutex_};
  return stray_answers_;
}

void sink_runner::set_timer(std::int64_t delay) {
  {
    const std::lock_guard lock{mutex_};
    timer_due_ = delay < 0 ? INT64_MAX : environment_.clock.now_monotonic() + delay;
  }
  worker_.wake();
}

}  // namespace tidegate::pipeline
