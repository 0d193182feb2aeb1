// What a job's end means: what is accepted now, what is free, and what to do after an error.
#include <algorithm>
#include <cerrno>

#include "spool/log.hpp"

namespace tidegate::spool {

static constexpr std::string_view who = "spool";
// What readers that keep up find in memory; the rest they read from the disk.
static constexpr std::uint64_t accepted_bytes_max = 2 * 1024 * 1024;

void log::finish(job& done, const moment& now) {
  bytes_written_ += done.bytes;
  switch (done.what) {
    case job::kind::write:
      finish_write(done, now);
      break;
    case job::kind::open:
      finish_open(done, now);
      break;
    case job::kind::seal:
      finish_seal(done, now);
      break;
    case job::kind::blank:
      finish_blank(done, now);
      break;
    case job::kind::dispose:
      disposed_.clear();  // what could not be removed is looked at again at the next start
      if (!done.failed) names_synced_ = true;
      if (!names_synced_) fail("the folder cannot be synced", done.failed, now);
      break;
  }
  if (is_clean()) hurried_ = false;
  release_segments();
  release_held();
}

// ---- success ---------------------------------------------------------------------------------------

void log::finish_write(job& done, const moment& now) {
  if (done.failed) return distrust_last(done, now);
  auto& into = segments_.back();
  if (!done.records.empty()) {
    into.end += done.records.bytes();
    ++next_commit_;
    ++commits_;
  }
  for (; written_ != done.held_end; ++written_) {
    const auto& each = at(written_);
    pending_bytes_ -= each.bytes;
    if (each.stream->commit.when != commit_rule::mode::never) unsynced_bytes_ += each.bytes;
    into.add({each.stream->id, {each.number, each.number + each.samples}, each.bytes, each.service_time});
  }
  note_written_cursors(done);
  synced_all_ = false;
  if (done.sync) note_synced();
  publish();
  recover_from_failure();
}

void log::note_written_cursors(const job& done) {
  if (!done.has_cursors) return;
  for (const auto& [reader, floor] : done.floors) reader->written_floor = floor;
  complete_written_ = complete_written_ || done.complete_cursors;
}

void log::note_synced() {
  for (; synced_ != written_; ++synced_) {
    const auto& each = at(synced_);
    each.stream->synced = each.number + each.samples;
  }
  synced_all_ = true;
  unsynced_bytes_ = 0;
  anchored_ = anchored_ || complete_written_;
  synced_parts_ = segments_.back().parts;
  for (auto& each : readers_) each->durable_floor = std::max(each->durable_floor, each->written_floor);
  release_due_ = false;
}

void log::finish_open(job& done, const moment& now) {
  if (done.failed) {
    disposed_.push_back(blanks_.back());
    blanks_.pop_back();
    all_cursors_ = true;
    for (auto& each : readers_) each->dirty = true;
    return fail("cannot begin " + done.target.name, done.failed, now);
  }
  blanks_.pop_back();
  done.target.end = done.bytes;
  segments_.push_back(done.target);
  writable_ = true;
  ++next_commit_;
  ++commits_;
  note_written_cursors(done);
  note_synced();  // the segment before was synced, or all it failed to keep is pending again
  recover_from_failure();
}

void log::finish_seal(job& done, const moment& now) {
  if (done.failed) return distrust_last(done, now);
  for (const auto& [reader, floor] : done.floors) reader->written_floor = floor;
  note_synced();
  publish();
  writable_ = false;
}

void log::finish_blank(job& done, const moment& now) {
  if (!done.failed) {
    next_name_ = done.name_number;
    done.target.end = block_bytes;
    blanks_.push_back(done.target);
    return;
  }
  constexpr std::int64_t grow_delay = 10'000'000'000;
  grow_due_ = now.monotonic + grow_delay;
  next_name_ = std::max(next_name_, done.name_number);
  if (last() == nullptr) return fail("cannot make room for more", done.failed, now);
  const auto why = "cannot make room for more: " + done.failed.message();
  if (degraded_ != why) say_.warning(who, why + "; what there is is used, and tried again");
  degraded_ = why;
}

// In the order of acceptance: readers may have it, and whoever handed it over is told.
void log::publish() {
  for (auto place = held_first_; place != written_; ++place) {
    auto& each = at(place);
    const auto end = each.number + each.samples;
    if (place >= synced_ && each.stream->commit.when != commit_rule::mode::never) continue;
    if (each.stream->accepted >= end) continue;
    each.stream->accepted = end;
    each.claim = {};
  }
}

// ---- failure ---------------------------------------------------------------------------------------

// After a failed write or sync nobody knows what of the file is on disk, and a later sync would not say: it
// is never written again. All that was not synced is still held, and is written to the next segment.
void log::distrust_last(const job& done, const moment& now) {
  auto& failed = segments_.back();
  failed.distrusted = true;
  failed.needed_until = written_;
  failed.parts = synced_parts_;
  writable_ = false;
  for (auto place = synced_; place != written_; ++place) pending_bytes_ += at(place).bytes;
  planned_ = written_ = synced_;
  synced_all_ = true;
  unsynced_bytes_ = 0;
  for (const auto& gap : done.gaps)
    for (auto& each : readers_)
      if (each->id == gap.reader) each->gaps.push_back(gap);
  for (auto& each : readers_) {
    each->written_floor = each->durable_floor;
    each->dirty = true;
  }
  all_cursors_ = true;
  cursors_due_ = write_due_ = sync_due_ = now.monotonic;
  fail(failed.name + " cannot be written", done.failed, now);
}

// The first time at once, on another segment; then less and less often.
void log::fail(const std::string& what, const std::error_code& why, const moment& now) {
  constexpr std::int64_t delay_min = 500'000'000;
  constexpr std::int64_t delay_max = 30'000'000'000;
  if (++failures_ > 1) {
    retry_delay_ = std::clamp(retry_delay_ * 2, delay_min, delay_max);
    try_due_ = now.monotonic + retry_delay_;
  }
  const auto text = what + ": " + why.message();
  if (degraded_.empty())
    say_.error(who, text + "; what is not on disk is kept in memory and written elsewhere");
  else if (degraded_ != text)
    say_.error(who, text);
  degraded_ = text;
}

void log::recover_from_failure() {
  if (!degraded_.empty() && !full_) {
    say_.info(who, "writing again");
    degraded_.clear();
  }
  failures_ = 0;
  retry_delay_ = 0;
  try_due_ = 0;
}

// ---- what is free ------------------------------------------------------------------------------------

bool log::is_released(const segment& each) const noexcept {
  return std::all_of(each.parts.begin(), each.parts.end(), [&](const segment_part& part) {
    return std::all_of(readers_.begin(), readers_.end(), [&](const auto& reader) {
      return reader->stream->id != part.stream || reader->durable_floor >= part.numbers.end;
    });
  });
}

// All but the last, whose cursors are the ones that count: they must say all before others may go.
void log::release_segments() {
  if (segments_.empty() || !anchored_) return;
  const auto end = segments_.end() - 1;
  const auto kept = std::stable_partition(segments_.begin(), end, [&](const auto& each) {
    return each.needed_until > synced_ || !is_released(each);
  });
  if (kept == end) return;
  auto total = status().bytes;
  for (auto each = kept; each != end; ++each) {
    const bool usable = !each->damaged && !each->distrusted && each->bytes == options_.segment_bytes &&
                        total <= options_.max_bytes;
    if (!usable) total -= each->bytes;
    (usable ? blanks_ : disposed_).push_back(*each);
  }
  segments_.erase(kept, end);
}

// Memory for readers that keep up; of what is not synced, all.
void log::release_held() {
  for (; held_counted_ != synced_; ++held_counted_) accepted_bytes_ += at(held_counted_).bytes;
  while (held_first_ != synced_) {
    auto& front = held_.front();
    const auto end = front.number + front.samples;
    const bool read = std::all_of(readers_.begin(), readers_.end(), [&](const auto& each) {
      return each->stream != front.stream || !each->wired || has_read(*each, {front.number, end});
    });
    if (!read && accepted_bytes_ <= accepted_bytes_max) return;
    accepted_bytes_ -= front.bytes;
    front.stream->held.pop_front();
    held_.pop_front();
    ++held_first_;
  }
}

}  // namespace tidegate::spool
