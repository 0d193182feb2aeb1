// What a sink's answers make of the samples. All of it may run on any thread, and beside the strand.
#include <algorithm>
#include <mutex>
#include <utility>

#include "pipeline/delivery.hpp"
#include "tidegate/options.hpp"

namespace tidegate::pipeline {

void sink_runner::complete(std::uint64_t token, const tidegate_outcome& outcome) {
  auto* answered = claim(token);
  if (answered == nullptr) {
    count_stray(token);
    return;
  }
  switch (outcome.kind) {
    case TIDEGATE_DELIVERED:
      deliver(*answered);
      break;
    case TIDEGATE_REJECTED:
      reject(*answered, outcome);
      break;
    case TIDEGATE_AMBIGUOUS:
      answered->from->possible_duplicates += answered->raw.sample_count;
      [[fallthrough]];
    case TIDEGATE_RETRY:
      retry(*answered, outcome.retry_after, tidegate::view(outcome.reason));
      break;
    default:
      retry(*answered, 0, "the plugin answered with an outcome that does not exist");
      break;
  }
  wake_from_outside();
}

// The unanswered delivery of that token, which is the caller's from here until land(); null if there is none.
sink_runner::flight* sink_runner::claim(std::uint64_t token) {
  const std::lock_guard lock{mutex_};
  for (const auto& each : flights_) {
    if (each->raw.token != token || each->answered) continue;
    each->answered = true;
    return each.get();
  }
  return nullptr;
}

// What the answer means was done.
void sink_runner::land(flight& answered) {
  const std::lock_guard lock{mutex_};
  const auto place = std::find_if(flights_.begin(), flights_.end(),
                                  [&](const auto& each) { return each.get() == &answered; });
  spare_.push_back(std::move(*place));
  flights_.erase(place);
}

// Nothing, if all of it was rejected.
void sink_runner::deliver(flight& answered) {
  const bool takes = !answered.parts.empty();
  answered.from->waiting->deliver(answered.parts);
  land(answered);
  if (!takes) return;
  {
    const std::lock_guard lock{mutex_};
    life_.delivered_again();
    rejections_in_a_row_ = 0;
  }
  life_.health().running();
}

void sink_runner::retry(flight& answered, std::int64_t after, std::string_view reason) {
  // The rest begins before the samples are back, or they could be offered again at once.
  if (const auto delay = rest(after)) life_.health().backing_off(reason, *delay);
  answered.from->waiting->put_back(answered.parts);
  land(answered);
}

// For how long, if it does not rest already: several deliveries that fail together are one failure.
std::optional<std::int64_t> sink_runner::rest(std::int64_t after) {
  const std::lock_guard lock{mutex_};
  for (auto& each : routes_) each->was_away = true;
  if (draining_) trouble_while_draining_ = true;
  const auto now = environment_.clock.now_monotonic();
  if (now < rests_until_ && after <= 0) return std::nullopt;
  const auto delay = after > 0 ? after : life_.next_delay();
  rests_until_ = std::max(rests_until_, now + delay);
  return delay;
}

static bool are_indices(const tidegate_outcome& of, std::uint32_t samples) {
  for (std::uint32_t index = 0; index < of.rejected_count; ++index) {
    if (index != 0 && of.rejected[index - 1] >= of.rejected[index]) return false;
    if (of.rejected[index] >= samples) return false;
  }
  return true;
}

void sink_runner::reject(flight& answered, const tidegate_outcome& outcome) {
  if (!are_indices(outcome, answered.raw.sample_count)) {
    retry(answered, 0, "the plugin rejected samples that are not in the delivery");
    return;
  }
  const auto reason = tidegate::view(outcome.reason);
  if (outcome.rejected_count == 0) return reject_all(answered, reason);
  auto rejected = take_out(answered.parts, {outcome.rejected, outcome.rejected_count});
  let_go(*answered.from, rejected, answered.raw.sample_count, reason);
  deliver(answered);
}

// Of several samples one may be to blame: halves find it.
void sink_runner::reject_all(flight& answered, std::string_view reason) {
  rest_if_all_is_rejected(reason);
  if (answered.raw.sample_count == 1) {
    let_go(*answered.from, answered.parts, 1, reason);
  } else {
    halve(answered.parts, next_portion_.fetch_add(2));
    answered.from->waiting->put_back(answered.parts);
  }
  land(answered);
}

// A single sample in a large delivery takes about 20 rejections to be found, so many more mean the sink.
void sink_runner::rest_if_all_is_rejected(std::string_view reason) {
  constexpr int in_a_row_max = 32;
  {
    const std::lock_guard lock{mutex_};
    if (++rejections_in_a_row_ <= in_a_row_max) return;
  }
  if (const auto delay = rest(0))
    life_.health().backing_off("one delivery after the other is rejected: " + std::string{reason}, *delay);
}

// `of` so many samples that were delivered together.
void sink_runner::let_go(route& from, std::vector<part>& rejected, std::uint32_t of,
                         std::string_view reason) {
  std::uint32_t count = 0;
  for (const auto& each : rejected) count += each.count;
  if (const auto before = rejection_line_.is_due(environment_.clock.now_monotonic())) {
    auto line = std::to_string(count) + " of " + std::to_string(of) + " samples" +
                (count == 1 ? " was rejected and " : " were rejected and ") +
                where_rejected_go(from, count == 1) + ": " + std::string{reason};
    if (*before != 0) line += "; so it was " + std::to_string(*before) + " times since the last such line";
    environment_.log.error(life_.who(), line);
  }
  std::unique_lock lock{mutex_};
  if (branch_.empty() && from.rejected == nullptr) {
    lock.unlock();
    return from.waiting->discard(rejected, discard_reason::rejected);
  }
  auto& made = burials_.emplace_back();
  made.from = &from;
  made.parts = std::move(rejected);
  made.reason = reason;
}

std::string sink_runner::where_rejected_go(const route& from, bool is_one) const {
  const std::lock_guard lock{mutex_};
  if (!branch_.empty())
    return (is_one ? "goes to what reads " : "go to what reads ") + options_.name + ".rejected";
  if (from.rejected != nullptr) return is_one ? "goes to the dead letters" : "go to the dead letters";
  return is_one ? "is discarded" : "are discarded";
}

void sink_runner::count_stray(std::uint64_t token) {
  {
    const std::lock_guard lock{mutex_};
    if (++stray_answers_ > 1) return;
  }
  environment_.log.warning(
      life_.who(), "plugin misbehaving: answered delivery " + std::to_string(token & 0xffffffffffff) +
                       " twice, or one that it was not given; this and further ones are counted and ignored");
}

std::uint64_t sink_runner::stray_answers() const {
  const std::lock_guard lock{mutex_};
  return stray_answers_;
}

}  // namespace tidegate::pipeline
