#include "pipeline/rehearsed_steps.hpp"

#include <algorithm>
#include <utility>

#include "pipeline/lifecycle.hpp"

namespace tidegate::pipeline {

class rehearsed_steps::step final : public plugin::services {
 public:
  step(const config::instance& options, const observe::clock& clock) : who{who_is(options)}, clock_{clock} {}
  ~step() override {
    if (is_started) instance->stop();
  }

  const std::string who;
  std::unique_ptr<plugin::instance> instance;
  bool is_started = false;

  std::vector<batch_ref> take_submitted() {
    const std::lock_guard lock{mutex_};
    return std::exchange(submitted_, {});
  }
  std::int64_t timer_due() const {
    const std::lock_guard lock{mutex_};
    return timer_due_;
  }

  void* batch_allocate(std::uint32_t bytes) override { return allocate_block(bytes); }
  void batch_discard(void* block) override { release_block(block); }
  tidegate_status batch_submit(void* block) override {
    auto batch = batch_ref::adopt(block);
    const std::lock_guard lock{mutex_};
    submitted_.push_back(std::move(batch));
    return TIDEGATE_OK;
  }
  void complete(std::uint64_t, const tidegate_outcome&) override {}
  void set_timer(std::int64_t delay) override {
    const std::lock_guard lock{mutex_};
    timer_due_ = delay < 0 ? INT64_MAX : clock_.now_monotonic() + delay;
  }

 private:
  const observe::clock& clock_;
  mutable std::mutex mutex_;  // a step may have threads of its own
  std::vector<batch_ref> submitted_;
  std::int64_t timer_due_ = INT64_MAX;
};

rehearsed_steps::rehearsed_steps(const plugin::environment& with, trouble told, passing seen)
    : environment_{with}, told_{std::move(told)}, seen_{std::move(seen)} {}

rehearsed_steps::~rehearsed_steps() = default;

plugin::result rehearsed_steps::add_step(const config::instance& options, const plugin::component& of) {
  auto& made = *steps_.emplace_back(std::make_unique<step>(options, environment_.clock));
  plugin::result said;
  made.instance =
      plugin::instance::create(of, options.name, made.who, options.options, environment_, made, said);
  return said;
}

void rehearsed_steps::start() {
  for (auto& each : steps_) {
    const auto said = each->instance->start();
    each->is_started = said.ok();
    if (!said.ok()) told_(each->who, "cannot start: " + said.text);
  }
}

std::int64_t rehearsed_steps::timer_due() const {
  auto next = INT64_MAX;
  for (const auto& each : steps_) next = std::min(next, each->timer_due());
  return next;
}

void rehearsed_steps::tick() {
  const auto now = environment_.clock.now_monotonic();
  for (std::size_t index = 0; index < steps_.size(); ++index) {
    auto& called = *steps_[index];
    if (called.timer_due() > now) continue;
    called.set_timer(-1);
    if (const auto said = called.instance->tick(); !said.ok()) told_(called.who, said.text);
    return pass_submitted(index);
  }
}

void rehearsed_steps::pass_submitted(std::size_t index) {
  for (const auto& each : steps_[index]->take_submitted()) {
    seen_(index, each);
    pass_on(index + 1, each);
  }
}

void rehearsed_steps::pass_on(std::size_t index, const batch_ref& batch) {
  if (index == steps_.size()) {
    seen_(index, batch);
    outlets_.push(batch, {}, {});
    return;
  }
  auto& called = *steps_[index];
  const auto samples = batch.view().size();
  const auto lost = std::to_string(samples) + (samples == 1 ? " sample" : " samples");
  if (!called.is_started) return told_(called.who, "has not started; " + lost + " would wait for it");
  const auto said = called.instance->process({batch.block(), 0, samples});
  pass_submitted(index);
  if (said.status == TIDEGATE_PASS) {
    seen_(index, batch);
    pass_on(index + 1, batch);
  } else if (!said.ok()) {
    told_(called.who, said.text + "; " + lost + " did not pass");
  }
}

}  // namespace tidegate::pipeline
