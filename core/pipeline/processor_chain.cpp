#include "pipeline/processor_chain.hpp"

#include <algorithm>
#include <utility>

namespace tidegate::pipeline {

// One processor of the chain, and what it has submitted but not passed on yet.
class processor_chain::step final : public plugin::services {
 public:
  // More would mean a plugin that submits without end, from a thread of its own.
  static constexpr std::size_t submitted_max = 4096;

  step(const config::instance& options, const plugin::component& of, const plugin::environment& with,
       pipeline::worker& on)
      : life{options, of, with, *this, on}, clock_{with.clock}, worker_{on} {}

  lifecycle life;

  bool is_due(std::int64_t now) const {
    const std::lock_guard lock{mutex_};
    return now >= timer_due_;
  }
  std::int64_t timer_due() const {
    const std::lock_guard lock{mutex_};
    return timer_due_;
  }
  std::vector<batch_ref> take_submitted() {
    const std::lock_guard lock{mutex_};
    return std::exchange(submitted_, {});
  }

  void* batch_allocate(std::uint32_t bytes) override { return allocate_block(bytes); }
  void batch_discard(void* block) override { release_block(block); }
  tidegate_status batch_submit(void* block) override {
    auto batch = batch_ref::adopt(block);
    {
      const std::lock_guard lock{mutex_};
      if (submitted_.size() >= submitted_max) return TIDEGATE_ERROR_BUG;
      submitted_.push_back(std::move(batch));
    }
    worker_.wake();
    return TIDEGATE_OK;
  }
  void complete(std::uint64_t, const tidegate_outcome&) override {}
  void set_timer(std::int64_t delay) override {
    {
      const std::lock_guard lock{mutex_};
      timer_due_ = delay < 0 ? INT64_MAX : clock_.now_monotonic() + delay;
    }
    worker_.wake();
  }

 private:
  const observe::clock& clock_;
  pipeline::worker& worker_;
  mutable std::mutex mutex_;
  std::vector<batch_ref> submitted_;
  std::int64_t timer_due_ = INT64_MAX;
};

processor_chain::processor_chain(const config::pipeline& options, const plugin::environment& with)
    : options_{options}, environment_{with}, worker_{options.name, with.clock}, queue_{options.buffer} {}

processor_chain::~processor_chain() = default;

plugin::result processor_chain::add_step(const config::instance& options, const plugin::component& of) {
  return steps_.emplace_back(std::make_unique<step>(options, of, environment_, worker_))->life.create();
}

std::vector<lifecycle*> processor_chain::steps() {
  std::vector<lifecycle*> all;
  for (auto& each : steps_) all.push_back(&each->life);
  return all;
}

void processor_chain::start() {
  worker_.start([this] { run(); });
}

void processor_chain::request_drain() {
  {
    const std::lock_guard lock{mutex_};
    draining_ = true;
  }
  worker_.wake();
}

void processor_chain::request_stop() {
  worker_.request_stop();
  for (auto& each : steps_) each->life.interrupt();
}

bool processor_chain::push(const batch_ref& batch, const std::stop_token& giving_up) {
  {
    std::unique_lock lock{mutex_};
    const auto room = [&] { return queue_.has_room(batch); };
    if (queue_.blocks() && !room() && !room_.wait(lock, giving_up, room)) return false;
    queue_.push(batch, environment_.clock.now_monotonic());
  }
  worker_.wake();
  return true;
}

ledger processor_chain::ledger() const {
  const std::lock_guard lock{mutex_};
  return queue_.ledger();
}

void processor_chain::run() {
  if (start_steps()) {
    while (!worker_.stopping() && !has_failed()) {
      const auto now = environment_.clock.now_monotonic();
      if (tick_due(now) || process_next()) continue;
      for (std::size_t index = 0; index < steps_.size(); ++index) pass_on_submitted(index);
      {
        const std::lock_guard lock{mutex_};
        if (draining_ && queue_.nothing_to_take()) break;
      }
      worker_.wait_until(next_event());
    }
  }
  stop_steps();
}

// Each step until it has started; false when one never will, or when there is no use in waiting.
bool processor_chain::start_steps() {
  for (auto& each : steps_) {
    while (!worker_.stopping()) {
      const auto outcome = each->life.try_start();
      if (outcome == lifecycle::outcome::started) break;
      if (outcome == lifecycle::outcome::never) return false;
      while (!worker_.stopping() && environment_.clock.now_monotonic() < each->life.retry_at()) {
        {
          const std::lock_guard lock{mutex_};
          if (draining_) return false;
        }
        worker_.wait_until(each->life.retry_at());
      }
    }
  }
  return !worker_.stopping();
}

// In order, so that what a step submits as it closes still passes the later ones.
void processor_chain::stop_steps() {
  for (std::size_t index = 0; index < steps_.size(); ++index) {
    steps_[index]->life.stop();
    pass_on_submitted(index);
    steps_[index]->life.health().stopped();
  }
}

bool processor_chain::has_failed() const {
  return std::any_of(steps_.begin(), steps_.end(), [](const auto& each) { return !each->life.is_started(); });
}

// One batch at a time, whole: processors see batches as sources made them.
bool processor_chain::process_next() {
  std::vector<part> parts;
  const auto now = environment_.clock.now_monotonic();
  if (now < rests_until_) return false;
  {
    const std::lock_guard lock{mutex_};
    if (queue_.nothing_to_take()) return false;
    queue_.take_one(now, parts);
    if (parts.empty()) return true;
  }
  const auto samples = parts.front().count;
  const auto end = pass_on(0, parts.front().batch);
  {
    const std::lock_guard lock{mutex_};
    if (end == fate::later) {
      queue_.put_back(parts);
    } else {
      queue_.settle(parts, end == fate::refused ? samples : 0);
    }
  }
  room_.notify_all();
  return true;
}

bool processor_chain::tick_due(std::int64_t now) {
  for (std::size_t index = 0; index < steps_.size(); ++index) {
    auto& due = *steps_[index];
    if (!due.is_due(now)) continue;
    due.set_timer(-1);
    const auto said = due.life.call("tick", [](plugin::instance& it) { return it.tick(); });
    if (said.status == TIDEGATE_ERROR_TEMPORARY) due.life.health().degraded(said.text);
    due.life.survives(said, "tick");
    pass_on_submitted(index);
    return true;
  }
  return false;
}

// The batch goes through the steps from index `from` on, and what they submit with it.
processor_chain::fate processor_chain::pass_on(std::size_t from, const batch_ref& batch) {
  if (from == steps_.size()) {
    outlets_.push(batch, worker_.stop_token());
    return fate::passed;
  }
  auto& life = steps_[from]->life;
  if (!life.is_started()) return fate::later;
  const tidegate_slice slice{batch.block(), 0, batch.view().size()};
  const auto said = life.call("process", [&](plugin::instance& it) { return it.process(slice); });
  pass_on_submitted(from);
  if (said.status == TIDEGATE_PASS || said.ok()) {
    life.health().running();
    life.delivered_again();
    return said.ok() ? fate::passed : pass_on(from + 1, batch);
  }
  if (said.status == TIDEGATE_ERROR_TEMPORARY) {
    const auto delay = life.next_delay();
    rests_until_ = environment_.clock.now_monotonic() + delay;
    life.health().backing_off(said.text, delay);
    return fate::later;
  }
  if (!life.survives(said, "process")) return fate::later;
  return said.status == TIDEGATE_STOPPING ? fate::later : fate::refused;
}

void processor_chain::pass_on_submitted(std::size_t from) {
  for (const auto& batch : steps_[from]->take_submitted()) pass_on(from + 1, batch);
}

std::int64_t processor_chain::next_event() const {
  auto next = INT64_MAX;
  {
    const std::lock_guard lock{mutex_};
    if (!queue_.nothing_to_take()) next = rests_until_;
  }
  for (const auto& each : steps_) next = std::min(next, each->timer_due());
  return next;
}

}  // namespace tidegate::pipeline
