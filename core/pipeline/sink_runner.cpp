#include "pipeline/sink_runner.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "pipeline/delivery.hpp"
#include "tidegate/options.hpp"

namespace tidegate::pipeline {

sink_runner::sink_runner(const config::instance& options, std::uint16_t number, const plugin::component& of,
                         const plugin::environment& with)
    : options_{options},
      environment_{with},
      worker_{options.name, with.clock},
      life_{options_, of, with, *this, worker_},
      handed_on_{std::make_shared<handed_on>([this] { worker_.wake(); })},
      bury_backoff_{options.retry, std::hash<std::string>{}(options.name)},
      next_token_{(std::uint64_t{number} << 48) + 1} {
  if (options.catch_up_rate) catch_up_.emplace(*options.catch_up_rate);
}

sink_runner::~sink_runner() { handed_on_->close(); }

void sink_runner::add_route(std::string pipeline, std::shared_ptr<backlog> waiting, dead_letters* rejected) {
  auto made = std::make_unique<route>();
  made->name = pipeline + " -> " + options_.name;
  made->pipeline = std::move(pipeline);
  made->waiting = std::move(waiting);
  made->rejected = rejected;
  const std::lock_guard lock{mutex_};
  routes_.push_back(std::move(made));
}

void sink_runner::remove_route(const backlog& waiting) {
  const std::lock_guard lock{mutex_};
  std::erase_if(routes_, [&](const auto& each) { return each->waiting.get() == &waiting; });
  next_route_ = 0;
}

bool sink_runner::has_route(const backlog& waiting) const {
  const std::lock_guard lock{mutex_};
  return std::any_of(routes_.begin(), routes_.end(),
                     [&](const auto& each) { return each->waiting.get() == &waiting; });
}

void sink_runner::lead_rejected_to(inlets branch) {
  const std::lock_guard lock{mutex_};
  branch_.swap(branch);
}

memory_backlog& sink_runner::add_memory_route(std::string pipeline, const config::buffer& limits) {
  auto made = std::make_shared<memory_backlog>(limits, environment_.clock, [this] { wake(); });
  auto& way = *made;
  add_route(std::move(pipeline), std::move(made), nullptr);
  return way;
}

std::vector<sink_runner::route_status> sink_runner::routes() const {
  std::vector<route_status> all;
  const std::lock_guard lock{mutex_};
  for (const auto& each : routes_)
    all.push_back({each->pipeline, each->waiting->ledger(), each->waiting->is_kept(),
                   each->possible_duplicates.load()});
  return all;
}

void sink_runner::request_exchange(std::unique_ptr<plugin::instance> by, config::instance options,
                                   std::int64_t patience_until) {
  patience_until_ = patience_until;
  // A function must be copyable.
  auto held = std::make_shared<std::unique_ptr<plugin::instance>>(std::move(by));
  exchange_.request(
      [this, held, options = std::move(options)] { exchange(std::move(*held), std::move(options)); });
  worker_.wake();
}

bool sink_runner::change_ways(std::function<void()> what, std::int64_t deadline) {
  if (!is_started_) {
    what();
    return true;
  }
  ways_.request(std::move(what));
  worker_.wake();
  return ways_.wait_until(deadline, environment_.clock);
}

void sink_runner::start() {
  is_started_ = true;
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

// ---- the strand ----------------------------------------------------------------------------------

void sink_runner::run() {
  while (!worker_.stopping()) {
    const auto outcome = life_.try_start();
    bool has_failed = outcome == lifecycle::outcome::never;
    if (outcome == lifecycle::outcome::later && !rest_until_retry()) break;
    if (outcome == lifecycle::outcome::started) {
      serve();
      has_failed = !life_.is_started();
      life_.stop();
      return_unanswered();
      // An exchange that was withdrawn meanwhile leaves the instance to begin anew.
      if (!has_failed && !is_yielding() && (worker_.stopping() || is_draining())) break;
    }
    if (has_failed && !rest_after_failure()) return;
    exchange_.make();
  }
  life_.health().stopped();
}

// Until there is another instance. False if there will be none.
bool sink_runner::rest_after_failure() {
  while (!worker_.stopping() && !is_draining()) {
    ways_.make();
    if (is_yielding()) return true;
    worker_.wait_until(worker::forever);
  }
  return false;
}

// Whether nothing is under way any more, or was for too long.
bool sink_runner::has_yielded(std::int64_t now) const {
  if (!is_yielding()) return false;
  const std::lock_guard lock{mutex_};
  return (flights_.empty() && burials_.empty()) || now >= patience_until_;
}

// On the strand, while no instance is started.
void sink_runner::exchange(std::unique_ptr<plugin::instance> by, config::instance options) {
  catch_up_.reset();
  if (options.catch_up_rate) catch_up_.emplace(*options.catch_up_rate);
  std::unique_ptr<plugin::instance> before;  // destroyed without the lock, which its answers take
  const std::lock_guard lock{mutex_};        // answers ask for the delay until the next try
  before = life_.replace(std::move(by), options);
  options_ = std::move(options);
  rests_until_ = 0;
  timer_due_ = INT64_MAX;
  rejections_in_a_row_ = 0;
}

// False when there is no use in another try.
bool sink_runner::rest_until_retry() {
  while (environment_.clock.now_monotonic() < life_.retry_at()) {
    ways_.make();
    if (is_yielding()) return true;
    if (worker_.stopping() || is_draining()) return false;
    worker_.wait_until(life_.retry_at());
  }
  return true;
}

// Until the sink is stopped, drained or failed.
void sink_runner::serve() {
  while (!worker_.stopping() && life_.is_started()) {
    const auto now = environment_.clock.now_monotonic();
    settle_handed_on();
    ways_.make();
    if (has_yielded(now)) return;
    if (tick_if_due(now) || bury_next(now)) continue;
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

// Whether another delivery may be handed over now.
bool sink_runner::has_window(std::int64_t now) const {
  const std::lock_guard lock{mutex_};
  return now >= rests_until_ && !trouble_while_draining_ &&
         flights_.size() + burials_.size() < life_.instance().window();
}

// The next delivery that is worth handing over now, or null.
sink_runner::flight* sink_runner::prepare(std::int64_t now) {
  if (is_yielding() || !has_window(now)) return nullptr;
  for (std::size_t tried = 0; tried < routes_.size(); ++tried) {
    auto& from = *routes_[next_route_];
    next_route_ = (next_route_ + 1) % routes_.size();
    if (auto* made = take_from(from, now)) return made;
  }
  return nullptr;
}

sink_runner::flight* sink_runner::take_from(route& from, std::int64_t now) {
  note_outage(from);
  if (!options_.live_first && !from.is_split) return take_from(from, lane::main, now);
  note_caught_up(from);
  constexpr int live_in_a_row_max = 3;
  const bool is_main_due = from.live_in_a_row >= live_in_a_row_max;
  if (auto* made = take_from(from, is_main_due ? lane::main : lane::live, now)) return made;
  return take_from(from, is_main_due ? lane::live : lane::main, now);
}

void sink_runner::note_outage(route& of) {
  if (!of.was_away.exchange(false)) return;
  of.catches_up = true;
  if (!options_.live_first) return;
  of.is_split = true;
  of.waiting->split();
}

void sink_runner::note_caught_up(route& of) {
  if (of.catches_up && !of.waiting->has_more() && of.waiting->join()) of.catches_up = of.is_split = false;
}

sink_runner::flight* sink_runner::take_from(route& from, lane which, std::int64_t now) {
  const bool draining = is_draining();
  // What is kept need not be hurried out at the end.
  if (draining && is_held_back(from, which) && from.waiting->is_kept()) return nullptr;
  const auto wanted = draining ? options_.batch : limits_for(from, which, now);
  from.waiting->fetch(wanted, which);
  const auto ready = draining ? from.waiting->ready_at(wanted, which) : ready_at(from, which, now);
  if (ready == INT64_MAX || (ready > now && !draining)) return nullptr;
  from.waiting->take(wanted, taken_, which);
  if (taken_.empty()) return nullptr;  // all that waited was too old
  auto* made = launch(from, taken_);
  if (is_held_back(from, which)) catch_up_->take(made->raw.sample_count, now);
  from.live_in_a_row = which == lane::live ? from.live_in_a_row + 1 : 0;
  note_caught_up(from);
  return made;
}

bool sink_runner::is_held_back(const route& of, lane which) const {
  return catch_up_ && of.catches_up && which == lane::main;
}

config::batch_limits sink_runner::limits_for(const route& of, lane which, std::int64_t now) const {
  auto limits = options_.batch;
  if (is_held_back(of, which))
    limits.max_samples = std::min(limits.max_samples, std::max(1u, catch_up_->available(now)));
  return limits;
}

// A delivery that is held back is so until it may be as large as any, or requests become small and many.
std::int64_t sink_runner::ready_at(const route& of, lane which, std::int64_t now) const {
  const auto ready = of.waiting->ready_at(limits_for(of, which, now), which);
  if (ready == INT64_MAX || !is_held_back(of, which)) return ready;
  return std::max(ready,
                  catch_up_->ready_at(std::min(options_.batch.max_samples, catch_up_->capacity()), now));
}

sink_runner::flight* sink_runner::launch(route& from, std::vector<part>& parts) {
  const std::lock_guard lock{mutex_};
  if (spare_.empty()) spare_.push_back(std::make_unique<flight>());
  auto made = std::move(spare_.back());
  spare_.pop_back();
  made->from = &from;
  made->answered = false;
  made->parts.swap(parts);
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

bool sink_runner::hand_over(flight& delivery) {
  // The answer may come, and the flight be gone, before write returns.
  const auto token = delivery.raw.token;
  const auto& raw = delivery.raw;
  const auto said = life_.call("write", [&](plugin::instance& it) { return it.write(raw); });
  if (said.ok()) return true;
  if (auto* unanswered = claim(token)) {
    if (said.status == TIDEGATE_ERROR_PERMANENT) {
      tidegate_outcome refused{};
      refused.reason = tidegate::text(said.text);
      reject(*unanswered, refused);
    } else {
      retry(*unanswered, 0, said.text);
    }
  }
  // What was refused for good is the samples' end, not the sink's.
  return said.status == TIDEGATE_ERROR_PERMANENT || life_.survives(said, "write");
}

bool sink_runner::is_draining() const {
  const std::lock_guard lock{mutex_};
  return draining_;
}

bool sink_runner::is_drained() const {
  {
    const std::lock_guard lock{mutex_};
    if (!draining_) return false;
    if (trouble_while_draining_) return true;
    // What comes back from a flight is in its backlog before the flight has ended.
    if (!flights_.empty() || !burials_.empty()) return false;
  }
  return std::none_of(routes_.begin(), routes_.end(), [this](const auto& each) {
    const bool is_left = is_held_back(*each, lane::main) && each->waiting->is_kept();
    return (each->waiting->has_more() && !is_left) || each->waiting->has_more(lane::live);
  });
}

std::int64_t sink_runner::next_event() const {
  std::int64_t rests_until = 0;
  auto next = INT64_MAX;
  {
    const std::lock_guard lock{mutex_};
    next = timer_due_;
    if (!burials_.empty()) next = std::min(next, buries_at_);
    if (is_yielding()) return std::min(next, patience_until_.load());
    if (flights_.size() + burials_.size() >= life_.instance().window()) return next;
    rests_until = rests_until_;
  }
  const auto now = environment_.clock.now_monotonic();
  for (const auto& each : routes_)
    for (const auto which : {lane::live, lane::main})
      if (const auto ready = ready_at(*each, which, now); ready != INT64_MAX)
        next = std::min(next, std::max(ready, rests_until));
  return next;
}

void sink_runner::return_unanswered() {
  std::deque<burial> unburied;
  {
    const std::lock_guard lock{mutex_};
    unburied.swap(burials_);
  }
  for (auto& each : unburied) take_back(each);
  while (true) {
    flight* left = nullptr;
    {
      const std::lock_guard lock{mutex_};
      const auto found =
          std::find_if(flights_.begin(), flights_.end(), [](const auto& each) { return !each->answered; });
      if (found == flights_.end()) return;
      left = found->get();
      left->answered = true;
    }
    left->from->waiting->put_back(left->parts);
    land(*left);
  }
}

void sink_runner::set_timer(std::int64_t delay) {
  {
    const std::lock_guard lock{mutex_};
    timer_due_ = delay < 0 ? INT64_MAX : environment_.clock.now_monotonic() + delay;
  }
  wake_from_outside();
}

// After a call the strand looks at everything anyway.
void sink_runner::wake_from_outside() {
  if (!worker_.is_current()) worker_.wake();
}

}  // namespace tidegate::pipeline
