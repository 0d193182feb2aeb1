#include "pipeline/relay.hpp"

#include <utility>

namespace tidegate::pipeline {

relay::relay(const config::instance& options, const std::string& who, const tag_suffix& tags,
             const fan_out& to, const plugin::environment& with, std::function<void()> news)
    : options_{options},
      tags_{tags},
      to_{to},
      environment_{with},
      news_{std::move(news)},
      samples_lost_{with.metrics.make(who, observe::metric_kind::counter, "samples_lost_total",
                                      "Samples lost because the pipelines did not take them in time.")},
      worker_{options.name + " ring", with.clock},
      ring_{options.ring, options.ring_bytes_max} {}

void relay::start() {
  worker_.start([this] { run(); });
}

bool relay::push(batch_ref batch) {
  gap lost;
  bool is_news = false;
  {
    const std::lock_guard lock{mutex_};
    if (is_ending_) return false;
    lost = ring_.push(std::move(batch), environment_.clock.now_monotonic());
    is_news = !lost.is_empty() && episode_.is_empty();
    count(lost);
  }
  worker_.wake();
  if (is_news) news_();
  return true;
}

// With the lock.
void relay::count(const gap& lost) {
  if (lost.is_empty()) return;
  if (samples_lost_ != nullptr) samples_lost_->add(static_cast<double>(lost.samples));
  episode_.add(lost);
  if (!options_.report_gaps) return;
  if (unreported_.is_empty()) unreported_since_ = environment_.clock.now_monotonic();
  unreported_.add(lost);
}

std::uint64_t relay::credit() const {
  const std::lock_guard lock{mutex_};
  return ring_.room();
}

void relay::request_drain() {
  {
    const std::lock_guard lock{mutex_};
    is_ending_ = true;
  }
  worker_.wake();
}

void relay::request_stop() {
  request_drain();
  worker_.request_stop();
}

void relay::join() { worker_.join_until(worker::forever); }

void relay::run() {
  while (true) {
    // Asked first: from then on nothing comes any more, so that an empty ring stays empty.
    const bool is_last_round = is_ending_;
    report_gap();
    if (hand_on_next()) continue;
    if (is_last_round) break;
    worker_.wait_until(worker::forever);
  }
  is_done_ = true;
  news_();
}

// False if the ring is empty.
bool relay::hand_on_next() {
  batch_ref next;
  {
    const std::lock_guard lock{mutex_};
    next = ring_.pop();
  }
  if (!next) {
    end_episode();
    return false;
  }
  if (to_.push(next, {}, worker_.stop_token())) return true;
  gap lost;
  lost.add(next.view());
  lost.reason = gap::stopped;
  const std::lock_guard lock{mutex_};
  count(lost);
  return true;
}

void relay::end_episode() {
  {
    const std::lock_guard lock{mutex_};
    if (episode_.is_empty()) return;
    over_.add(std::exchange(episode_, {}));
  }
  news_();
}

void relay::report_gap() {
  const auto lost = due_gap();
  if (lost.is_empty()) return;
  if (const auto report = report_of(lost, options_.name, tags_, environment_.clock.now_utc()))
    to_.push(report, {}, worker_.stop_token());
}

// What is to be told before the next batch is handed on; empty if there is nothing, or it can grow a bit
// more.
gap relay::due_gap() {
  const std::lock_guard lock{mutex_};
  const auto age = environment_.clock.now_monotonic() - unreported_since_;
  if (!ring_.empty() && age < gap_report_interval && !worker_.stopping()) return {};
  return std::exchange(unreported_, {});
}

bool relay::is_losing() const {
  const std::lock_guard lock{mutex_};
  return !episode_.is_empty();
}

std::optional<gap> relay::take_episode() {
  const std::lock_guard lock{mutex_};
  if (over_.is_empty()) return std::nullopt;
  return std::exchange(over_, {});
}

}  // namespace tidegate::pipeline
