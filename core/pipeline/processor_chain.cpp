#include "pipeline/processor_chain.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "pipeline/spool_limits.hpp"

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
  std::vector<unit> take_submitted() {
    const std::lock_guard lock{mutex_};
    return std::exchange(submitted_, {});
  }
  // What is submitted from here on is answered for by the claim.
  void set_claim(const receipt& claim) {
    auto before = claim;  // let go without the lock
    const std::lock_guard lock{mutex_};
    claim_.swap(before);
  }

  void* batch_allocate(std::uint32_t bytes) override { return allocate_block(bytes); }
  void batch_discard(void* block) override { release_block(block); }
  tidegate_status batch_submit(void* block) override {
    auto batch = batch_ref::adopt(block);
    {
      const std::lock_guard lock{mutex_};
      if (submitted_.size() >= submitted_max) return TIDEGATE_ERROR_BUG;
      submitted_.push_back({std::move(batch), claim_});
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
  std::vector<unit> submitted_;
  receipt claim_;
  std::int64_t timer_due_ = INT64_MAX;
};

processor_chain::processor_chain(const config::pipeline& options, const plugin::environment& with)
    : options_{options},
      environment_{with},
      worker_{options.name, with.clock},
      inboxes_(1),
      waiting_{limits_before_steps(options.buffer), with.clock, [this] { worker_.wake(); }} {}

processor_chain::~processor_chain() = default;

plugin::result processor_chain::add_step(const config::instance& options, const plugin::component& of) {
  inboxes_.resize(steps_.size() + 2);
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
  draining_ = true;
  worker_.wake();
}

void processor_chain::request_stop() {
  worker_.request_stop();
  for (auto& each : steps_) each->life.interrupt();
}

void processor_chain::run() {
  while (true) {
    if (start_steps()) work();
    stop_steps();
    while (has_given_up() && !is_ending() && !exchange_.is_requested()) worker_.wait_until(worker::forever);
    // One that was withdrawn meanwhile leaves the old ones to begin anew.
    if (!exchange_.make() && is_ending()) return;
  }
}

void processor_chain::work() {
  while (!worker_.stopping() && !has_failed() && !has_yielded()) {
    if (!is_resting() && (tick_due() || advance())) continue;
    if (is_drained()) break;
    const auto next = next_event();
    worker_.wait_until(exchange_.is_requested() ? std::min(next, patience_until_.load()) : next);
  }
}

// Whether others are to take over, and what is on its way has passed, or was stuck for too long.
bool processor_chain::has_yielded() const {
  if (!exchange_.is_requested()) return false;
  return (current_.empty() && !has_units()) || environment_.clock.now_monotonic() >= patience_until_;
}

// Whether a step will not be called again.
bool processor_chain::has_given_up() const {
  return std::any_of(steps_.begin(), steps_.end(), [](const auto& each) {
    const auto now = each->life.health().state();
    return now == state::failed || now == state::quarantined;
  });
}

// ---- other steps ---------------------------------------------------------------------------------

class processor_chain::steps_to_come {
 public:
  std::vector<std::unique_ptr<step>> steps;
};

std::shared_ptr<processor_chain::steps_to_come> processor_chain::prepare(
    const std::vector<config::instance>& process,
    const std::function<const plugin::component&(const config::instance&)>& find,
    const std::function<void(const config::instance&, const plugin::result&)>& failed) {
  auto made = std::make_shared<steps_to_come>();
  for (const auto& each : process) {
    auto& next = made->steps.emplace_back(std::make_unique<step>(each, find(each), environment_, worker_));
    if (const auto said = next->life.create(); !said.ok()) failed(each, said);
  }
  return made;
}

void processor_chain::begin_with(std::shared_ptr<steps_to_come> first) {
  steps_.swap(first->steps);
  inboxes_.assign(steps_.size() + 1, {});
}

void processor_chain::request_exchange(std::shared_ptr<steps_to_come> by, std::int64_t patience_until) {
  patience_until_ = patience_until;
  exchange_.request([this, held = std::move(by)] {
    steps_.swap(held->steps);
    inboxes_.assign(steps_.size() + 1, {});
    refused_ = 0;
    rests_until_ = 0;
  });
  worker_.wake();
}

void processor_chain::set_limits(const config::buffer& of) { waiting_.set_limits(limits_before_steps(of)); }

// ---- the strand ----------------------------------------------------------------------------------

// Each step until it has started; false when one never will, or when there is no use in waiting.
bool processor_chain::start_steps() {
  for (auto& each : steps_) {
    while (!worker_.stopping()) {
      const auto outcome = each->life.try_start();
      if (outcome == lifecycle::outcome::started) break;
      if (outcome == lifecycle::outcome::never) return false;
      while (!worker_.stopping() && environment_.clock.now_monotonic() < each->life.retry_at()) {
        if (draining_ || exchange_.is_requested()) return false;
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
    collect_submitted(index);
    pass_units_on(index + 1);
    steps_[index]->life.health().stopped();
  }
  if (!current_.empty()) {
    waiting_.put_back(current_);
  } else if (has_units()) {
    environment_.log.warning("pipeline " + options_.name,
                             "what steps gave last could not be passed on and is lost");
  }
}

bool processor_chain::has_failed() const {
  return std::any_of(steps_.begin(), steps_.end(), [](const auto& each) { return !each->life.is_started(); });
}

bool processor_chain::is_drained() const {
  return draining_ && current_.empty() && !has_units() && !waiting_.has_more();
}

bool processor_chain::tick_due() {
  if (has_units()) return false;
  const auto now = environment_.clock.now_monotonic();
  for (auto& each : steps_) {
    if (!each->is_due(now)) continue;
    each->set_timer(-1);
    const auto said = each->life.call("tick", [](plugin::instance& it) { return it.tick(); });
    if (said.status == TIDEGATE_ERROR_TEMPORARY) each->life.health().degraded(said.text);
    each->life.survives(said, "tick");
    return true;
  }
  return false;
}

// What is under way, or else the next batch. False if there is nothing to do.
bool processor_chain::advance() {
  // What steps submit without being called waits with them while something is stuck: there it is limited.
  if (!has_units())
    for (std::size_t index = 0; index < steps_.size(); ++index) collect_submitted(index);
  if (has_units()) {
    pass_units_on(0);
    return true;
  }
  if (current_.empty()) return take_next();
  settle_current();
  return true;
}

// One batch at a time, whole: processors see batches as sources made them.
bool processor_chain::take_next() {
  if (!waiting_.has_more()) return false;
  waiting_.take_one(current_);
  refused_ = 0;
  if (!current_.empty()) inboxes_.front().push_back({current_.front().batch, current_.front().claim});
  return true;
}

// All that became of the batch has left the chain.
void processor_chain::settle_current() {
  const auto samples = current_.front().count;
  std::vector<part> refused{cut(current_.front(), samples - std::min(refused_, samples))};
  waiting_.discard(refused, discard_reason::rejected);
  waiting_.deliver(current_);
}

void processor_chain::collect_submitted(std::size_t index) {
  for (auto& each : steps_[index]->take_submitted()) inboxes_[index + 1].push_back(std::move(each));
}

bool processor_chain::has_units() const {
  return std::any_of(inboxes_.begin(), inboxes_.end(), [](const auto& each) { return !each.empty(); });
}

// What waits before the steps from index `from` on, the furthest first, so that little waits between the
// steps. False if something must go on waiting.
bool processor_chain::pass_units_on(std::size_t from) {
  while (true) {
    auto index = steps_.size();
    for (; inboxes_[index].empty(); --index)
      if (index == from) return true;
    if (!pass_on(index)) return false;
  }
}

// The first that waits at the index. False if it must go on waiting.
bool processor_chain::pass_on(std::size_t index) {
  auto& inbox = inboxes_[index];
  const auto next = inbox.front();
  const bool passed = index == steps_.size() ? outlets_.push(next.batch, next.claim, worker_.stop_token())
                                             : process(index, next);
  if (passed) inbox.pop_front();
  return passed;
}

bool processor_chain::process(std::size_t index, const unit& next) {
  auto& called = *steps_[index];
  if (!called.life.is_started()) return false;
  const tidegate_slice slice{next.batch.block(), 0, next.batch.view().size()};
  called.set_claim(next.claim);
  const auto said = called.life.call("process", [&](plugin::instance& it) { return it.process(slice); });
  called.set_claim({});
  collect_submitted(index);
  if (said.status == TIDEGATE_PASS || said.ok()) {
    called.life.health().running();
    called.life.delivered_again();
    if (!said.ok()) inboxes_[index + 1].push_back(next);
    return true;
  }
  if (said.status == TIDEGATE_ERROR_TEMPORARY || said.status == TIDEGATE_STOPPING) {
    rest(index, said.text);
    return false;
  }
  if (!called.life.survives(said, "process")) return false;
  refused_ += slice.count;
  return true;
}

void processor_chain::rest(std::size_t index, std::string_view why) {
  auto& life = steps_[index]->life;
  const auto delay = life.next_delay();
  rests_until_ = environment_.clock.now_monotonic() + delay;
  life.health().backing_off(why, delay);
}

std::int64_t processor_chain::next_event() const {
  auto next = INT64_MAX;
  for (const auto& each : steps_) next = std::min(next, each->timer_due());
  const bool waits = !current_.empty() || has_units() || waiting_.has_more();
  return std::max(waits ? 0 : next, rests_until_);
}

}  // namespace tidegate::pipeline
