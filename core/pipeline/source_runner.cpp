#include "pipeline/source_runner.hpp"

#include <utility>

#include "config/units.hpp"

namespace tidegate::pipeline {

// How long a source that is being stopped is still told what is safe already.
static constexpr std::int64_t last_words_max = 500'000'000;

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
      life_{options_, of, with, *this, worker_},
      marks_{of.source->flow == TIDEGATE_FLOW_REPLAYABLE ? std::make_shared<marks>([this] { worker_.wake(); })
                                                         : nullptr} {
  if (marks_)
    unacknowledged_ = with.metrics.make(life_.who(), observe::metric_kind::gauge, "unacknowledged_marks",
                                        "What was submitted and is not safe without the source yet.");
  if (of.source->flow == TIDEGATE_FLOW_LOSSY)
    relay_.emplace(options_, life_.who(), tags_, outlets_, with, [this] { worker_.wake(); });
}

source_runner::~source_runner() {
  if (marks_) marks_->close();
}

void source_runner::start() {
  if (marks_) outlets_.expect_claims();
  if (relay_) relay_->start();
  worker_.start([this] { run(); });
}

void source_runner::resume() {
  if (marks_) outlets_.expect_claims();
  outlets_.open();
}

void source_runner::request_drain() {
  is_draining_ = true;
  intake_.request_stop();
  worker_.wake();
  life_.interrupt();
}

void source_runner::request_stop() {
  tell_until_ = environment_.clock.now_monotonic() + last_words_max;
  intake_.request_stop();
  worker_.request_stop();
  life_.interrupt();
}

// ---- the strand ----------------------------------------------------------------------------------

void source_runner::run() {
  strand_ = std::this_thread::get_id();
  bool has_failed = false;
  while (!is_ending() && !has_failed) {
    if (marks_) marks_->open();
    switch (life_.try_start()) {
      case lifecycle::outcome::never:
        has_failed = true;
        break;
      case lifecycle::outcome::later:
        while (!is_ending() && environment_.clock.now_monotonic() < life_.retry_at())
          worker_.wait_until(life_.retry_at());
        break;
      case lifecycle::outcome::started:
        serve();
        settle();
        has_failed = !life_.is_started();
        if (marks_) marks_->close();
        life_.stop();
        forget_report();
        break;
    }
  }
  if (relay_) empty_ring();
  if (!has_failed) life_.health().stopped();
}

// Polls fall due at a fixed rhythm from the start on. One that comes late does not move the next; those
// that were missed meanwhile are left out. Until the end, or until the instance must not be called any more.
void source_runner::serve() {
  const bool is_polled =
      component_.source->poll != nullptr && options_.interval && options_.interval->count() > 0;
  const auto interval = is_polled ? options_.interval->count() : 0;
  auto due = is_polled ? environment_.clock.now_monotonic() + interval : worker::forever;
  while (!is_ending()) {
    tell_losses();
    tell_report();
    if (!tell_acknowledgements()) return;
    const auto now = environment_.clock.now_monotonic();
    if (now < due) {
      worker_.wait_until(due);
      continue;
    }
    if (!poll()) return;
    due += ((now - due) / interval + 1) * interval;
  }
}

// False when the instance must not be called any more.
bool source_runner::poll() {
  const auto said = life_.call("poll", [](plugin::instance& it) { return it.poll(); });
  poll_fails_ = !said.ok();
  if (said.status == TIDEGATE_ERROR_TEMPORARY) life_.health().degraded(said.text);
  recovered();
  return life_.survives(said, "poll");
}

void source_runner::recovered() {
  if (!poll_fails_ && !acknowledge_fails_ && !is_losing_ && !says_it_is_away_) life_.health().running();
}

// What the source said last of itself.
void source_runner::tell_report() {
  std::string why;
  std::uint32_t health = TIDEGATE_HEALTH_RUNNING;
  {
    const std::lock_guard lock{report_mutex_};
    if (!std::exchange(has_report_, false)) return;
    health = reported_;
    why = reported_why_;
  }
  says_it_is_away_ = health != TIDEGATE_HEALTH_RUNNING;
  if (health == TIDEGATE_HEALTH_DEGRADED) life_.health().degraded(why);
  if (health == TIDEGATE_HEALTH_AWAY) life_.health().away(why);
  recovered();
}

// What was given last may still become safe while the pipelines run dry.
void source_runner::settle() {
  if (!marks_ || !life_.is_started()) return;
  marks_->forget_incomplete();
  while (tell_acknowledgements() && !worker_.stopping() && marks_->outstanding() != 0)
    worker_.wait_until(worker::forever);
}

// False when the instance must not be called any more.
bool source_runner::tell_acknowledgements() {
  if (!marks_) return true;
  marks_->take(safe_);
  for (const auto mark : safe_) {
    if (environment_.clock.now_monotonic() > tell_until_) break;
    if (!acknowledge(mark)) return false;
  }
  if (unacknowledged_ != nullptr) unacknowledged_->set(static_cast<double>(marks_->outstanding()));
  return true;
}

bool source_runner::acknowledge(std::uint64_t mark) {
  const auto said = life_.call("acknowledge", [&](plugin::instance& it) { return it.acknowledge(mark); });
  if (said.status == TIDEGATE_ERROR_TEMPORARY) life_.health().degraded("acknowledge: " + said.text);
  if (std::exchange(acknowledge_fails_, !said.ok())) recovered();
  return life_.survives(said, "acknowledge");
}

void source_runner::tell_losses() {
  if (!relay_) return;
  if (const auto lost = relay_->take_episode())
    environment_.log.warning(life_.who(),
                             to_string(*lost) + " were lost: " +
                                 (lost->reason == gap::stopped ? "the pipelines were full when it was stopped"
                                                               : limits_of_ring() + " was full"));
  const bool was_losing = std::exchange(is_losing_, relay_->is_losing());
  if (is_losing_ && !was_losing)
    life_.health().degraded(limits_of_ring() +
                            " is full: the pipelines do not keep up, and samples are lost");
  if (was_losing) recovered();
}

void source_runner::forget_report() {
  const std::lock_guard lock{report_mutex_};
  reported_ = TIDEGATE_HEALTH_RUNNING;
  reported_why_.clear();
  has_report_ = false;
  says_it_is_away_ = false;
}

std::string source_runner::limits_of_ring() const {
  return "the ring of " + config::format_duration(options_.ring.count()) + " and " +
         config::format_size(static_cast<std::int64_t>(options_.ring_bytes_max));
}

// What the source gave last still goes on, after the source has been stopped.
void source_runner::empty_ring() {
  relay_->request_drain();
  while (!relay_->is_done() && !worker_.stopping()) worker_.wait_until(worker::forever);
  relay_->request_stop();
  relay_->join();
  tell_losses();
}

// ---- any thread ----------------------------------------------------------------------------------

void* source_runner::batch_allocate(std::uint32_t bytes) { return allocate_block(bytes, tags_.reserve()); }

void source_runner::batch_discard(void* block) { release_block(block); }

bool source_runner::push(void* block, const receipt& claim) {
  const worker::host_part may_wait{worker_};
  tags_.append(block);
  auto batch = batch_ref::adopt(block);
  if (relay_) return relay_->push(std::move(batch));
  // What can be delivered again is not begun any more; of all others the last is taken where there is room.
  if (marks_ && is_ending()) return false;
  return outlets_.push(batch, claim, intake_.get_token());
}

tidegate_status source_runner::batch_submit(void* block) {
  return push(block, {}) ? TIDEGATE_OK : TIDEGATE_STOPPING;
}

tidegate_status source_runner::submit_marked(void* block, std::uint64_t mark, std::uint32_t flags) {
  const auto claim = claim_of(mark);
  if (claim == nullptr) {
    if (block != nullptr) release_block(block);
    if (is_ending() || !marks_->is_open()) return TIDEGATE_STOPPING;
    environment_.log.error(life_.who(), "plugin misbehaves: more than " +
                                            std::to_string(marks::incomplete_max) +
                                            " marks continue; a batch was discarded");
    return TIDEGATE_ERROR_BUG;
  }
  if (block != nullptr && !push(block, claim)) {
    claim->forfeit();
    return TIDEGATE_STOPPING;
  }
  flags == TIDEGATE_MARK_CONTINUES ? marks_->continues(claim) : marks_->complete(claim);
  return TIDEGATE_OK;
}

// Null if the block is not to be pushed.
std::shared_ptr<mark_claim> source_runner::claim_of(std::uint64_t mark) {
  // The strand tells of acknowledgements; it would wait for itself.
  const bool may_wait = std::this_thread::get_id() != strand_.load();
  if (may_wait && !marks_->wait_for_room(intake_.get_token())) return nullptr;
  auto claim = is_ending() ? nullptr : marks_->claim(mark);
  if (unacknowledged_ != nullptr) unacknowledged_->set(static_cast<double>(marks_->outstanding()));
  return claim;
}

void source_runner::report(std::uint32_t health, std::string_view why) {
  {
    const std::lock_guard lock{report_mutex_};
    if (health == reported_ && why == reported_why_) return;
    reported_ = health;
    reported_why_ = why;
    has_report_ = true;
  }
  worker_.wake();
}

std::uint64_t source_runner::credit() const {
  if (relay_) return relay_->credit();
  return marks_ && !marks_->has_room() ? 0 : outlets_.credit();
}

}  // namespace tidegate::pipeline
