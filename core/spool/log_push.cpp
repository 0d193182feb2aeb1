// What is taken, and what a limit does with the rest.
#include <algorithm>

#include "batch/thinning.hpp"
#include "spool/log.hpp"

namespace tidegate::spool {

// Until it is written, a batch is in memory only: this much, and then sources wait or samples are discarded,
// because the disk does not follow.
static constexpr std::uint64_t pending_bytes_max = 1024 * 1024;
// More than this is written before its time, so that a commit's peak stays small.
static constexpr std::uint64_t write_bytes = 256 * 1024;

log::admission log::push(stream_state& to, const batch_ref& batch, const receipt& claim, const moment& now,
                         std::uint64_t& number) {
  const auto view = batch.view();
  const std::uint64_t samples = view.size();
  const auto bytes = record_bytes(view.bytes());
  number = to.next;
  if (samples == 0) return admission::taken;

  const bool is_claimed = claim != nullptr;
  const bool no_memory = pending_bytes_ != 0 && pending_bytes_ + bytes > pending_bytes_max;
  const bool fits = is_small_enough(bytes);
  const auto waits_for = [&](const reader_state& each) {
    if (!each.takes_from(to) || !each.wired) return false;
    // What others lose behind each claim is a piece of its own.
    if (is_claimed && is_in_pieces(each)) return true;
    return (is_claimed || each.limits.when_full == when_full::block) &&
           (no_memory || is_over(each, bytes, samples));
  };
  if (fits &&
      std::any_of(readers_.begin(), readers_.end(), [&](const auto& each) { return waits_for(*each); }))
    return admission::no_room;

  held_batch made{&to,   number, samples, static_cast<std::uint32_t>(bytes), service_time(now),
                  batch, claim,  {}};
  std::size_t readers = 0;
  for (auto& each : readers_) {
    if (!each->takes_from(to)) continue;
    ++readers;
    if (!fits || (!is_claimed && (no_memory || refuses(*each, bytes, samples, now))))
      made.skip.push_back(each.get());
  }
  if (made.skip.size() == readers) {
    discard_unnumbered(to, samples, now);
    return admission::discarded;
  }
  to.next += samples;
  if (is_claimed) to.claimed = to.next;
  hold(std::move(made), now);
  return admission::taken;
}

// A number that is nowhere would stand in the cursors as long as the reader is away: one piece for each
// batch.
void log::discard_unnumbered(const stream_state& of, std::uint64_t samples, const moment& now) {
  for (auto& each : readers_) {
    if (!each->takes_from(of)) continue;
    each->cursor.pass(samples, discard_reason::full);
    note_gap(*each, discard_reason::full, {of.next, of.next}, samples, now);
    note_change(*each, now);
  }
}

// Whether a segment of its own and the one that is written before it are no more than the whole spool may be.
bool log::is_small_enough(std::uint64_t bytes) {
  const auto alone = segment_bytes_for(block_bytes + commit::bytes_for(bytes)) + options_.segment_bytes;
  if (bytes <= options_.segment_bytes / 2 || alone <= options_.max_bytes) return true;
  say_.error("spool", "a batch of " + std::to_string(bytes) +
                          " bytes is discarded: it does not fit into a spool of " +
                          std::to_string(options_.max_bytes) +
                          "; raise spool.max_size, or let its source make smaller batches");
  return false;
}

bool log::is_over(const reader_state& of, std::uint64_t bytes, std::uint64_t samples) const noexcept {
  const auto waiting = ledger(of).waiting;
  if (waiting == 0) return false;  // or a batch larger than the limit could never pass
  if (of.bytes + bytes > of.limits.max_bytes) return true;
  return of.limits.max_samples && waiting + samples > *of.limits.max_samples;
}

std::uint64_t log::room_of_reader(const reader_state& of) const noexcept {
  const auto waiting = ledger(of).waiting;
  if (waiting == 0) return of.limits.max_bytes;
  if (is_in_pieces(of)) return 0;
  const auto left = of.limits.max_bytes - std::min(of.limits.max_bytes, of.bytes);
  if (!of.limits.max_samples) return left;
  const auto samples_left = *of.limits.max_samples - std::min(*of.limits.max_samples, waiting);
  return std::min(left, samples_left * (of.bytes / waiting));
}

// Half of the memory is for what is pushed between two looks.
std::uint64_t log::room(const stream_state& of, const moment& now) const {
  if (pending_bytes_ > pending_bytes_max / 2) return 0;
  auto least = room_in_files(now);
  for (const auto& each : readers_)
    if (each->takes_from(of) && each->wired) least = std::min(least, room_of_reader(*each));
  return least;
}

// Whether this reader does without the batch; makes room for it where the policy is that.
bool log::refuses(reader_state& of, std::uint64_t bytes, std::uint64_t samples, const moment& now) {
  switch (of.limits.when_full) {
    case when_full::block:
      return false;
    case when_full::drop_newest:
      return is_over(of, bytes, samples);
    case when_full::thin_out:
      if (!is_admitted(of.bytes, of.limits.max_bytes, of.thinned)) return true;
      break;
    case when_full::drop_oldest:
      break;
  }
  if (is_over(of, bytes, samples)) drop_oldest(of, bytes, samples, now);
  return is_over(of, bytes, samples);  // what is not accepted yet cannot be dropped
}

void log::drop_oldest(reader_state& of, std::uint64_t bytes, std::uint64_t samples, const moment& now) {
  const auto waiting = ledger(of).waiting;
  std::uint64_t gone = 0;
  if (of.bytes + bytes > of.limits.max_bytes) {
    const auto over = std::min(of.bytes, of.bytes + bytes - of.limits.max_bytes);
    gone = of.bytes == 0
               ? waiting
               : static_cast<std::uint64_t>(static_cast<double>(over) / static_cast<double>(of.bytes) *
                                            static_cast<double>(waiting)) +
                     1;
  }
  if (of.limits.max_samples && waiting + samples > *of.limits.max_samples)
    gone = std::max(gone, waiting + samples - *of.limits.max_samples);
  // Numbers above the floor may be settled already: so many unsettled ones from below.
  while (gone != 0) {
    const auto from = of.cursor.unsettled_from(std::max(of.cursor.floor(), of.stream->claimed));
    if (from >= of.stream->accepted) return;
    const auto end = std::min(of.cursor.unsettled_until(from, of.stream->accepted), from + gone);
    discard(of, from, end - from, discard_reason::full, now);
    gone -= end - from;
  }
}

void log::hold(held_batch made, const moment& now) {
  auto& stream = *made.stream;
  for (auto& each : readers_)
    if (each->takes_from(stream)) each->bytes += made.bytes;
  pending_bytes_ += made.bytes;
  stream.held.push_back(held_end());
  held_.push_back(std::move(made));
  note_due(stream, now);
}

void log::note_due(const stream_state& of, const moment& now) {
  switch (of.commit.when) {
    case commit_rule::mode::window: {
      const auto due = now.monotonic + of.commit.window.count();
      write_due_ = std::min(write_due_, due);
      sync_due_ = std::min(sync_due_, due);
      break;
    }
    case commit_rule::mode::always:
      write_due_ = sync_due_ = std::min({write_due_, sync_due_, now.monotonic});
      break;
    case commit_rule::mode::never:
      write_due_ = std::min(write_due_, now.monotonic);
      break;
  }
  if (pending_bytes_ >= write_bytes) write_due_ = now.monotonic;
}

}  // namespace tidegate::spool
