// What is to be done next: the one place that decides when the disk is written.
#include <algorithm>
#include <cstring>

#include "spool/log.hpp"

namespace tidegate::spool {

static constexpr std::string_view who = "spool";
// A commit that is not synced keeps what it holds in memory; this much, and it is synced before its time.
static constexpr std::uint64_t unsynced_bytes_max = 1024 * 1024;
// Written in advance while there is nothing else to do, so that no commit waits for it.
static constexpr std::size_t blanks_wanted = 2;

std::unique_ptr<log::job> log::plan(const moment& now) {
  apply_age(now);
  stuck_until_ = 0;
  if (now.monotonic < try_due_) return nullptr;
  // Nothing may be accepted in a file whose name may not be there after a power cut.
  if (!disposed_.empty() || !names_synced_) return plan_dispose();
  if (must_write(now) || must_sync(now) || must_say_cursors(now)) {
    auto made = last() == nullptr ? plan_segment(now) : plan_write(now);
    if (made) return made;
    constexpr std::int64_t no_room_delay = 200'000'000;
    stuck_until_ = now.monotonic + no_room_delay;
  }
  const bool in_use = writable_ && segments_.back().end > segments_.back().bytes / 2;
  if (in_use && blanks_.size() < blanks_wanted && may_grow(options_.segment_bytes, now))
    return plan_blank(options_.segment_bytes);
  return nullptr;
}

std::int64_t log::next_plan() const noexcept {
  const auto write_due = written_ == held_end() ? INT64_MAX : write_due_;
  const auto sync_due = synced_ == held_end() ? INT64_MAX : sync_due_;
  return std::max({std::min({write_due, sync_due, cursors_due_}), stuck_until_, try_due_});
}

bool log::must_write(const moment& now) const noexcept {
  return written_ != held_end() && (hurried_ || write_due_ <= now.monotonic);
}

bool log::must_sync(const moment& now) const noexcept {
  return synced_ != held_end() &&
         (hurried_ || sync_due_ <= now.monotonic || unsynced_bytes_ >= unsynced_bytes_max);
}

bool log::must_say_cursors(const moment& now) const noexcept {
  if (release_due_ && !synced_all_) return true;
  const bool changed = all_cursors_ ? !segments_.empty()
                                    : std::any_of(readers_.begin(), readers_.end(),
                                                  [](const auto& each) { return each->dirty; });
  return changed && (hurried_ || release_due_ || cursors_due_ <= now.monotonic);
}

bool log::may_grow(std::uint64_t bytes, const moment& now) const noexcept {
  if (now.monotonic < grow_due_) return false;
  // One that is not trusted any more must be replaced, or nothing could be acknowledged.
  const auto replacement = writable_ ? 0 : 2 * bytes;
  return status().bytes + bytes <= options_.max_bytes + replacement;
}

// ---- a commit ------------------------------------------------------------------------------------

std::unique_ptr<log::job> log::plan_write(const moment& now) {
  const auto& into = segments_.back();
  const auto room = room_of(into.bytes);
  const auto left = [&](std::uint64_t end) { return end - std::min(end, into.end); };
  const bool says = must_say_cursors(now);
  const bool needs_cursors = says || (written_ != held_end() && !at(written_).skip.empty());
  if (!next_fits(left(room.data_end)) || (needs_cursors && !cursors_fit(left(room.cursors_end)))) {
    if (auto next = plan_segment(now)) return next;
    relieve(now);
    // Even the reserve is used up, by starts that each said all cursors: replaced as after an error.
    if (release_due_ && synced_all_ && !cursors_fit(left(room.release_end))) {
      writable_ = false;
      return plan_segment(now);
    }
  }
  auto made = std::make_unique<job>();
  made->what = job::kind::write;
  made->target = into;
  made->held_end = written_;
  made->sync = must_sync(now) || says;
  const auto cursors_room = left(release_due_ ? room.release_end : room.cursors_end);
  fill(*made, left(room.data_end), cursors_room, now);
  add_cursors(*made, cursors_room, all_cursors_);
  add_gaps(*made, cursors_room);
  const bool moves = made->held_end != written_;
  if (made->records.empty() && !moves && !(made->sync && !synced_all_)) return nullptr;
  planned_ = made->held_end;
  if (made->held_end == held_end()) write_due_ = INT64_MAX;
  if (made->sync && made->held_end == held_end()) sync_due_ = INT64_MAX;
  made->place = {seed_, into.generation, into.end, next_commit_, now.utc, service_time(now)};
  return made;
}

bool log::next_fits(std::uint64_t room) const noexcept {
  if (written_ == held_end()) return true;
  const auto& next = held_[written_ - held_first_];
  return commit::bytes_for(next.bytes) <= room;
}

bool log::cursors_fit(std::uint64_t room) const {
  return commit::bytes_for(record_bytes(encode(snapshot(true)).size())) <= room;
}

// Takes what is pending, in order, as far as it fits. What was discarded before it was written passes only if
// the cursors that count it are written too.
void log::fill(job& into, std::uint64_t room, std::uint64_t cursors_room, const moment& now) {
  std::optional<bool> counted;
  for (; into.held_end != held_end(); ++into.held_end) {
    auto& each = at(into.held_end);
    if (!each.skip.empty() && !counted) counted = cursors_fit(cursors_room);
    if (!each.skip.empty() && !*counted) return;
    if (commit::bytes_for(into.records.records_bytes() + each.bytes) > room) return;
    // Now and not before, so that no cursor is ahead of what is written.
    for (auto* reader : each.skip) {
      discard(*reader, each.number, each.samples, discard_reason::full, now);
      join_pieces(*reader, now);
    }
    for (auto& reader : readers_)
      if (reader->stream == each.stream && reader->does_without(each.number)) leave_out(*reader, each, now);
    record_header header;
    header.type = record_type::data;
    header.number = each.number;
    header.stream = each.stream->id;
    header.samples = static_cast<std::uint32_t>(each.samples);
    const auto view = each.batch.view();
    into.records.add(header, std::span{static_cast<const std::byte*>(each.batch.block()), view.bytes()});
  }
}

void log::leave_out(reader_state& of, const held_batch& batch, const moment& now) {
  of.cursor.leave_out(batch.number, batch.number + batch.samples);
  note_change(of, now);
}

// What other readers take and this one does not leaves pieces in its cursor, which must fit into what is kept
// for cursors. So runs that it would still get are given up, in such a way that an outage stays covered as
// evenly as can be.
void log::join_pieces(reader_state& of, const moment& now) {
  while (of.cursor.pieces() > pieces_max() && of.limits.when_full == when_full::thin_out) {
    const auto least = of.cursor.least_missed(of.stream->claimed);
    if (least.first == least.end) return;
    discard(of, least.first, least.end - least.first, discard_reason::full, now);
  }
}

cursors log::snapshot(bool all) const {
  cursors made;
  made.complete = all;
  for (const auto& each : streams_) made.streams.push_back({each->id, each->synced, each->name});
  for (const auto& each : readers_) {
    if (!all && !each->dirty) continue;
    auto& entry = made.readers.emplace_back();
    entry.id = each->id;
    entry.stream = each->stream->id;
    entry.name = each->name;
    each->cursor.store(entry);
  }
  return made;
}

// Those that have changed, or all. False if there are none, or no room.
bool log::add_cursors(job& into, std::uint64_t room, bool all) {
  auto said = snapshot(all);
  if (said.readers.empty() && !all) return false;
  auto payload = encode(said);
  if (commit::bytes_for(into.records.records_bytes() + record_bytes(payload.size())) > room) return false;
  record_header header;
  header.type = record_type::cursors;
  into.records.add(header, std::move(payload));
  into.has_cursors = true;
  into.complete_cursors = all;
  for (auto& each : readers_) {
    if (!all && !each->dirty) continue;
    into.floors.emplace_back(each.get(), each->cursor.floor());
    each->dirty = false;
  }
  if (all) all_cursors_ = false;
  cursors_due_ = INT64_MAX;
  return true;
}

// For people and for those who deliver gaps as data; the counts are in the cursors.
void log::add_gaps(job& into, std::uint64_t room) {
  for (auto& reader : readers_) {
    for (const auto& each : reader->gaps) {
      auto payload = encode(each);
      if (commit::bytes_for(into.records.records_bytes() + record_bytes(payload.size())) > room) return;
      record_header header;
      header.type = record_type::gap;
      into.records.add(header, std::move(payload));
    }
    into.gaps.insert(into.gaps.end(), reader->gaps.begin(), reader->gaps.end());
    reader->gaps.clear();
  }
}

// ---- segments --------------------------------------------------------------------------------------

// What leads to a segment that can be written: the seal of the last one, a blank, its opening.
std::unique_ptr<log::job> log::plan_segment(const moment& now) {
  const auto wanted = segment_bytes_wanted();
  const auto fits = [&](const segment& blank) { return blank.bytes >= wanted; };
  const auto blank = std::find_if(blanks_.begin(), blanks_.end(), fits);
  // While there is a segment that can be written, one blank is kept in reserve: for when it cannot any more.
  // Not if the new one frees the last.
  const std::size_t reserve = last() != nullptr && !is_passed(*last()) ? 1 : 0;
  if (blank == blanks_.end() || blanks_.size() <= reserve) {
    if (blank == blanks_.end() && !may_grow(wanted, now) && !blanks_.empty() && now.monotonic >= grow_due_) {
      // One large batch needs a large file, whose room the others take.
      disposed_.push_back(blanks_.back());
      blanks_.pop_back();
      return plan_dispose();
    }
    if (!may_grow(wanted, now)) {
      if (!full_) say_.warning(who, "is full; what becomes of new samples is each pipeline's 'when_full'");
      full_ = true;
      return nullptr;
    }
    return plan_blank(wanted);
  }
  full_ = false;
  if (last() != nullptr) return plan_seal(now);
  std::iter_swap(blank, blanks_.end() - 1);
  return plan_open(now);
}

// As configured, unless what is next is a batch that fits no such segment.
std::uint64_t log::segment_bytes_wanted() const {
  const std::uint64_t usual = options_.segment_bytes;
  if (written_ == held_end()) return usual;
  const auto first = block_bytes + 2 * commit::bytes_for(record_bytes(encode(snapshot(true)).size()));
  const auto batch = commit::bytes_for(held_[written_ - held_first_].bytes);
  return first + batch <= room_of(usual).data_end ? usual : segment_bytes_for(first + batch);
}

std::unique_ptr<log::job> log::plan_seal(const moment& now) {
  auto& of = segments_.back();
  auto made = std::make_unique<job>();
  made->target = of;
  made->held_end = written_;
  if (!synced_all_) {  // a seal must tell of nothing that is not there
    made->sync = true;
    return made;
  }
  made->what = job::kind::seal;
  const auto payload = encode(seal{of.parts, of.end, snapshot(true)});
  const auto bytes = round_up(record_bytes(payload.size()) + sizeof(seal_trailer), block_bytes);
  // Without a seal the segment is read record by record at the next start: slower, nothing else.
  if (of.end + bytes > of.bytes) {
    writable_ = false;
    return plan_segment(now);
  }
  record_header header;
  header.type = record_type::seal;
  header.generation = of.generation;
  header.number = next_commit_ - 1;
  header.service_time = service_time(now);
  finish_header(header, seed_, payload);
  seal_trailer trailer;
  trailer.bytes = static_cast<std::uint32_t>(bytes);
  trailer.generation = of.generation;
  trailer.record_crc = header.crc;
  finish_trailer(trailer, seed_);
  made->header_block.resize(bytes);
  std::memcpy(made->header_block.data(), &header, sizeof header);
  std::memcpy(made->header_block.data() + sizeof header, payload.data(), payload.size());
  std::memcpy(made->header_block.data() + bytes - sizeof trailer, &trailer, sizeof trailer);
  made->place.offset = of.bytes - bytes;
  for (const auto& each : readers_) made->floors.emplace_back(each.get(), each->cursor.floor());
  return made;
}

std::unique_ptr<log::job> log::plan_open(const moment& now) {
  auto made = std::make_unique<job>();
  made->what = job::kind::open;
  made->target = blanks_.back();
  made->target.generation = next_generation_++;
  made->target.parts.clear();
  made->target.damaged = false;
  segment_header header;
  header.id = id_;
  header.generation = made->target.generation;
  header.segment_bytes = made->target.bytes;
  header.created = now.utc;
  made->header_block = make_header_block(header);
  made->held_end = written_;
  add_cursors(*made, room_of(made->target.bytes).data_end, true);
  // Twice, in blocks of their own: the only ones there are while this is the only segment.
  const auto again = encode(snapshot(true));
  record_header second;
  second.type = record_type::cursors;
  made->copy.add(second, again);
  made->place = {seed_, made->target.generation, block_bytes, next_commit_, now.utc, service_time(now)};
  return made;
}

std::unique_ptr<log::job> log::plan_blank(std::uint64_t bytes) {
  auto made = std::make_unique<job>();
  made->what = job::kind::blank;
  made->files = &files_;
  made->target.bytes = bytes;
  made->min_free_bytes = options_.min_free_bytes;
  made->name_number = next_name_;
  return made;
}

std::unique_ptr<log::job> log::plan_dispose() {
  auto made = std::make_unique<job>();
  made->what = job::kind::dispose;
  made->files = &files_;
  made->disposed = disposed_;
  return made;
}

// ---- limits of the whole -----------------------------------------------------------------------------

// The log is full: whoever holds its oldest segment gives it up, unless it must be kept. The cursors must be
// on disk before the segment is used anew, for which there is a reserve.
void log::relieve(const moment& now) {
  release_due_ = std::any_of(segments_.begin(), segments_.end() - 1, [&](const segment& each) {
    return each.needed_until <= synced_ && is_passed(each);
  });
  if (release_due_ || segments_.size() < 2) return;
  const auto& oldest = segments_.front();
  const auto holds = [&](const segment_part& part, const reader_state& reader) {
    return reader.stream->id == part.stream && reader.cursor.floor() < part.numbers.end;
  };
  if (must_keep(oldest)) return;
  for (const auto& part : oldest.parts)
    for (auto& each : readers_)
      if (holds(part, *each))
        discard(*each, each->cursor.floor(), part.numbers.end - each->cursor.floor(), discard_reason::full,
                now);
  release_due_ = true;
}

// Whether a reader has something in it that its policy is to keep, or that had a claim.
bool log::must_keep(const segment& each) const noexcept {
  const auto keeps = [](const segment_part& part, const reader_state& reader) {
    if (reader.stream->id != part.stream || !reader.wired) return false;
    const bool keeps_all =
        reader.limits.when_full == when_full::block || reader.limits.when_full == when_full::drop_newest;
    const auto end = keeps_all ? part.numbers.end : std::min(part.numbers.end, reader.stream->claimed);
    return reader.cursor.floor() < end;
  };
  return std::any_of(each.parts.begin(), each.parts.end(), [&](const segment_part& part) {
    return std::any_of(readers_.begin(), readers_.end(),
                       [&](const auto& reader) { return keeps(part, *reader); });
  });
}

// What can still be written: in the last segment, in those that are ready, and in those that may be made. No
// limit while the oldest may be given up, which is what the disk's own limits come to then.
std::uint64_t log::room_in_files(const moment& now) const {
  if (segments_.size() < 2 || !must_keep(segments_.front())) return UINT64_MAX;
  const auto usable = [](const segment& each) {
    const auto end = room_of(each.bytes).data_end;
    return end - std::min(end, each.end);
  };
  std::uint64_t room = writable_ ? usable(segments_.back()) : 0;
  for (const auto& each : blanks_) room += usable(each);
  // One is the reserve.
  const auto usual = room_of(options_.segment_bytes).data_end - block_bytes;
  if (now.monotonic >= grow_due_) {
    const auto made = status().bytes;
    room += (options_.max_bytes - std::min(options_.max_bytes, made)) / options_.segment_bytes * usual;
  }
  const auto taken = usual + pending_bytes_;
  return room - std::min(room, taken);
}

// Whether no reader needs it any more, though that may not be on disk yet.
bool log::is_passed(const segment& each) const noexcept {
  return std::all_of(each.parts.begin(), each.parts.end(), [&](const segment_part& part) {
    return std::all_of(readers_.begin(), readers_.end(), [&](const auto& reader) {
      return reader->stream->id != part.stream || reader->cursor.floor() >= part.numbers.end;
    });
  });
}

void log::apply_age(const moment& now) {
  for (auto& reader : readers_) {
    if (!reader->limits.max_age) continue;
    const auto oldest_kept = service_time(now) - reader->limits.max_age->count();
    for (const auto& each : segments_) {
      const auto* part = each.part_of(reader->stream->id);
      if (part == nullptr || part->numbers.end <= reader->cursor.floor()) continue;
      if (part->newest >= oldest_kept) break;
      const auto floor = reader->cursor.floor();
      discard(*reader, floor, part->numbers.end - floor, discard_reason::age, now);
    }
  }
}

}  // namespace tidegate::spool
