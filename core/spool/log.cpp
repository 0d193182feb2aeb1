#include "spool/log.hpp"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <random>
#include <utility>

namespace tidegate::spool {

namespace {

constexpr std::string_view who = "spool";

spool_id new_id() {
  std::random_device random;
  spool_id made;
  for (auto& byte : made) byte = static_cast<std::uint8_t>(random());
  return made;
}

std::uint64_t number_in(const std::string& name) {
  const auto digits = name.find_first_of("0123456789");
  return digits == std::string::npos ? 0 : std::strtoull(name.c_str() + digits, nullptr, 10);
}

// A log needs a few segments to turn over; one that is small has small ones.
options fitting(options with) {
  constexpr std::uint64_t segments_min = 4;
  const auto most = with.max_bytes / segments_min / block_bytes * block_bytes;
  with.segment_bytes = static_cast<std::uint32_t>(
      std::max<std::uint64_t>(segment_bytes_min, std::min<std::uint64_t>(with.segment_bytes, most)));
  with.max_bytes = std::max<std::uint64_t>(with.max_bytes, segments_min * with.segment_bytes);
  return with;
}

}  // namespace

log::log(folder& files, const options& with, observe::log& say)
    : files_{files}, options_{fitting(with)}, say_{say} {}

log::~log() = default;

// ---- opening -------------------------------------------------------------------------------------

std::string log::open(const moment& now) {
  auto found = recover(files_, options_.segment_bytes, say_);
  if (!found.problem.empty()) return found.problem;
  opened_at_ = now.monotonic;
  id_ = found.found ? found.id : new_id();
  seed_ = id_seed(id_);
  names_synced_ = found.names_synced;
  adopt_cursors(found);
  adopt(found, now);
  count_waiting_bytes();
  for (const auto& hole : found.unconfirmed)
    for (auto& each : readers_)
      if (each->stream->id == hole.stream)
        discard(*each, hole.numbers.first, hole.numbers.end - hole.numbers.first, discard_reason::unconfirmed,
                now);
  check();
  return {};
}

void log::adopt_cursors(const recovered& from) {
  for (const auto& each : from.all.streams) {
    auto& made = *streams_.emplace_back(std::make_unique<stream_state>());
    made.id = each.id;
    made.name = each.name;
    made.next = made.accepted = made.synced = each.next;
  }
  for (const auto& each : from.all.readers) {
    const auto stream = std::find_if(streams_.begin(), streams_.end(),
                                     [&](const auto& known) { return known->id == each.stream; });
    if (stream == streams_.end()) continue;
    auto& made = *readers_.emplace_back(std::make_unique<reader_state>());
    made.id = each.id;
    made.stream = stream->get();
    made.name = each.name;
    made.cursor = tidegate::spool::cursor{each};
    made.discarded_earlier = each.discarded;
    made.way_of(lane::main).position = made.written_floor = made.durable_floor = each.floor;
  }
}

void log::adopt(recovered& from, const moment& now) {
  next_generation_ = from.next_generation;
  next_commit_ = from.next_commit;
  service_base_ = from.service_time;
  blanks_ = std::move(from.blanks);
  for (const auto& each : blanks_) next_name_ = std::max(next_name_, number_in(each.name) + 1);
  for (auto& each : from.segments) {
    next_name_ = std::max(next_name_, number_in(each.name) + 1);
    segments_.push_back(std::move(each));
  }
  if (segments_.empty()) return;
  auto& newest = segments_.back();
  writable_ = !newest.closed && !newest.distrusted && newest.end < room_of(newest.bytes).release_end;
  synced_parts_ = newest.parts;
  release_segments();
  cursors_due_ = now.monotonic;
}

void log::count_waiting_bytes() {
  for (auto& each : readers_)
    for (const auto& segment : segments_) {
      const auto* part = segment.part_of(each->stream->id);
      if (part == nullptr || part->numbers.end <= each->cursor.floor() ||
          part->numbers.end <= part->numbers.first)
        continue;
      const auto numbers = part->numbers.end - part->numbers.first;
      const auto left = part->numbers.end - std::max(part->numbers.first, each->cursor.floor());
      each->bytes += static_cast<std::uint64_t>(static_cast<double>(part->bytes) * static_cast<double>(left) /
                                                static_cast<double>(numbers));
    }
}

log::stream_state& log::stream(const std::string& name, const commit_rule& commit) {
  auto known =
      std::find_if(streams_.begin(), streams_.end(), [&](const auto& each) { return each->name == name; });
  if (known == streams_.end()) {
    std::uint32_t id = 1;
    for (const auto& each : streams_) id = std::max(id, each->id + 1);
    known = streams_.insert(streams_.end(), std::make_unique<stream_state>());
    (*known)->id = id;
    (*known)->name = name;
    all_cursors_ = true;
  }
  (*known)->commit = commit;
  (*known)->wired = true;
  return **known;
}

log::reader_state& log::reader(stream_state& of, const std::string& name, const reader_limits& limits) {
  auto known = std::find_if(readers_.begin(), readers_.end(),
                            [&](const auto& each) { return each->stream == &of && each->name == name; });
  if (known == readers_.end()) {
    std::uint32_t id = 1;
    for (const auto& each : readers_) id = std::max(id, each->id + 1);
    known = readers_.insert(readers_.end(), std::make_unique<reader_state>());
    (*known)->id = id;
    (*known)->stream = &of;
    (*known)->name = name;
    (*known)->cursor = tidegate::spool::cursor{of.next};
    (*known)->way_of(lane::main).position = (*known)->written_floor = (*known)->durable_floor = of.next;
    all_cursors_ = true;
  }
  (*known)->limits = limits;
  (*known)->wired = true;
  take_up_again(**known);
  return **known;
}

void log::take_up_again(reader_state& of) {
  const auto from = std::exchange(of.ends_at, UINT64_MAX);
  std::erase_if(of.missed, [&](const number_range& each) { return each.end <= of.stream->accepted; });
  if (from < of.stream->next) of.missed.push_back({from, of.stream->next});
}

bool log::reader_state::does_without(std::uint64_t number) const noexcept {
  return ends_at <= number || std::any_of(missed.begin(), missed.end(), [&](const number_range& each) {
           return each.first <= number && number < each.end;
         });
}

void log::end(reader_state& of) noexcept { of.ends_at = std::min(of.ends_at, of.stream->next); }

void log::detach(reader_state& of) noexcept {
  end(of);
  of.wired = false;
  of.limits = {};
  of.ways = {};
  of.way_of(lane::main).position = of.cursor.floor();
  of.live_from = UINT64_MAX;
}

void log::tell_of_orphans() const {
  for (const auto& each : readers_) {
    const auto waiting = ledger(*each).waiting;
    if (each->wired || waiting == 0) continue;
    say_.warning(
        who, std::to_string(waiting) + " samples wait for " + each->stream->name + " -> " + each->name +
                 ", which is not configured any more; they are kept until their room is needed: configure it "
                 "again, or remove them with 'tidegate spool drop'");
  }
}

// ---- reading -------------------------------------------------------------------------------------

log::where log::find(reader_state& of, lane from, record& into, disk_place& place, const moment& now) {
  auto& stream = *of.stream;
  auto& here = of.way_of(from);
  while (true) {
    here.move_on(of.cursor.unsettled_from(here.position));
    const auto lane_end = end_of(of, from);
    if (here.position >= lane_end) return where::nowhere;
    // In memory?
    const auto after = std::partition_point(stream.held.begin(), stream.held.end(), [&](std::uint64_t each) {
      return at(each).number + at(each).samples <= here.position;
    });
    if (after != stream.held.end() && at(*after).number <= here.position) {
      const auto& found = at(*after);
      take_part(of, from, {found.batch, found.number, 0, static_cast<std::uint32_t>(found.samples)}, into);
      return where::memory;
    }
    const auto memory_first = after == stream.held.end() ? stream.accepted : at(*after).number;
    if (const auto* holder = holder_of(stream.id, here.position, here.looked_in)) {
      place = {holder->file,
               holder->generation,
               holder->end,
               here.position,
               std::min(holder->part_of(stream.id)->numbers.end, memory_first),
               stream.id,
               seed_,
               from};
      return where::disk;
    }
    // Nobody has it. What comes next is in memory, in a segment that was looked at, or in one behind.
    auto next = std::min({memory_first, here.found_behind, lane_end});
    for (const auto& each : segments_)
      if (const auto* part = each.part_of(stream.id); part != nullptr && part->numbers.first > here.position)
        next = std::min(next, part->numbers.first);
    for (const auto& each : segments_)
      if (const auto* part = each.part_of(stream.id);
          part != nullptr && part->numbers.first <= here.position && here.position < part->numbers.end)
        note_damage(each.generation);
    discard(of, here.position, next - here.position, discard_reason::damaged, now);
  }
}

// What lies behind is the other lane's, or not accepted yet.
std::uint64_t log::end_of(const reader_state& of, lane which) noexcept {
  const auto accepted = of.stream->accepted;
  if (which == lane::main) return std::min(accepted, of.live_from);
  return of.is_split() ? accepted : 0;
}

bool log::has_read(const reader_state& of, const number_range& numbers) noexcept {
  return of.way_of(numbers.first >= of.live_from ? lane::live : lane::main).position >= numbers.end;
}

// The oldest segment after that generation that may have the number.
const segment* log::holder_of(std::uint32_t stream, std::uint64_t number,
                              std::uint64_t after) const noexcept {
  for (const auto& each : segments_) {
    if (each.generation <= after) continue;
    const auto* part = each.part_of(stream);
    if (part != nullptr && part->numbers.first <= number && number < part->numbers.end) return &each;
  }
  return nullptr;
}

// Of a batch that has the lane's position: from there on, as far as it is the lane's and not settled.
void log::take_part(reader_state& of, lane which, const record& from, record& into) noexcept {
  auto& here = of.way_of(which);
  const auto lane_end = std::min(from.number + from.count, end_of(of, which));
  const auto end = of.cursor.unsettled_until(here.position, lane_end);
  into = {from.batch, from.number, static_cast<std::uint32_t>(here.position - from.number),
          static_cast<std::uint32_t>(end - here.position)};
  here.move_on(end);
}

bool log::take(reader_state& of, const disk_place& place, const record* found, std::int64_t recorded_at,
               record& into, const moment& now) {
  auto& here = of.way_of(place.which);
  // Limits may have moved on while the disk was read.
  if (here.position != place.number || of.cursor.unsettled_from(here.position) != here.position) return false;
  if (found == nullptr || found->number > here.position) {
    // Another segment may have it: one that failed was written again to the next.
    here.looked_in = place.generation;
    if (found != nullptr) here.found_behind = std::min(here.found_behind, found->number);
    return false;
  }
  const auto age = of.limits.max_age ? of.limits.max_age->count() : INT64_MAX;
  if (service_time(now) - recorded_at > age) {
    const auto end = std::min(found->number + found->count, end_of(of, place.which));
    discard(of, here.position, end - here.position, discard_reason::age, now);
    here.move_on(end);
    return false;
  }
  take_part(of, place.which, *found, into);
  return true;
}

// What the live lane has given and what it has not read must not become one piece: the main lane would give
// the former again. So all of it is settled first, and the cursor leaves it out.
bool log::split(reader_state& of) noexcept {
  // Each is 16 bytes in all cursors, which are written twice for every segment.
  constexpr std::size_t pieces_max = 64;
  auto& live = of.way_of(lane::live);
  if (of.is_split() && of.cursor.unsettled_from(of.live_from) < live.position) return false;
  if (of.cursor.pieces() >= pieces_max) return true;
  of.live_from = of.stream->accepted;
  live = way{of.live_from};
  return true;
}

bool log::join(reader_state& of) noexcept {
  if (!of.is_split()) return true;
  auto& main = of.way_of(lane::main);
  if (of.cursor.unsettled_from(main.position) < of.live_from) return false;
  main = of.way_of(lane::live);
  of.live_from = UINT64_MAX;
  return true;
}

void log::note_damage(std::uint64_t generation) {
  for (auto& each : segments_) {
    if (each.generation != generation || each.damaged) continue;
    each.damaged = true;
    say_.error(who, each.name + " has records that cannot be read; it will be kept aside as " + each.name +
                        std::string{quarantine_suffix} + " once the rest of it is delivered");
  }
}

// ---- settling ------------------------------------------------------------------------------------

void log::deliver(reader_state& of, std::uint64_t first, std::uint64_t count, const moment& now) {
  const auto waiting = ledger(of).waiting;
  note_settled(of, of.cursor.deliver(first, first + count), waiting, now);
}

void log::discard(reader_state& of, std::uint64_t first, std::uint64_t count, discard_reason why,
                  const moment& now) {
  const auto waiting = ledger(of).waiting;
  const auto settled = of.cursor.discard(first, first + count, why);
  if (settled != 0) note_gap(of, why, {first, first + count}, settled, now);
  note_settled(of, settled, waiting, now);
}

// Bytes are counted by the share of samples: exact at the ends, about right between.
void log::note_settled(reader_state& of, std::uint64_t settled, std::uint64_t waiting_before,
                       const moment& now) {
  if (settled == 0) return;
  const auto left = waiting_before - std::min(waiting_before, settled);
  of.bytes = left == 0
                 ? 0
                 : static_cast<std::uint64_t>(static_cast<double>(of.bytes) * static_cast<double>(left) /
                                              static_cast<double>(waiting_before));
  note_change(of, now);
}

void log::note_change(reader_state& of, const moment& now) {
  of.dirty = true;
  // Rarely: a cursor that is lost costs a delivery twice, one that is written costs a block.
  constexpr std::int64_t cursors_delay = 5'000'000'000;
  cursors_due_ = std::min(cursors_due_, now.monotonic + cursors_delay);
}

void log::note_gap(reader_state& of, discard_reason why, const number_range& numbers, std::uint64_t samples,
                   const moment& now) {
  if (why == discard_reason::damaged || why == discard_reason::unconfirmed)
    say_.error(who, of.stream->name + " -> " + of.name + ": " + std::to_string(samples) +
                        " samples from number " + std::to_string(numbers.first) + " on " +
                        (why == discard_reason::damaged ? "cannot be read any more"
                                                        : "were cut off while they were written"));
  for (auto& each : of.gaps) {
    if (each.why != why) continue;
    each.numbers = {std::min(each.numbers.first, numbers.first), std::max(each.numbers.end, numbers.end)};
    each.samples += samples;
    each.last_utc = now.utc;
    return;
  }
  of.gaps.push_back({of.id, why, numbers, samples, now.utc, now.utc});
}

// ---- for all to see --------------------------------------------------------------------------------

bool log::is_clean() const noexcept {
  return is_committed() &&
         std::none_of(readers_.begin(), readers_.end(), [](const auto& each) { return each->dirty; });
}

spool::status log::status() const {
  spool::status made;
  for (const auto& each : segments_) made.bytes_used += each.bytes;
  made.bytes = made.bytes_used;
  for (const auto& each : blanks_) made.bytes += each.bytes;
  made.bytes_written = bytes_written_;
  made.commits = commits_;
  made.degraded = degraded_;
  return made;
}

static void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "tidegate: spool: %s does not hold; please report this\n", what);
  std::abort();
}

void log::check() const {
  for (const auto& each : streams_)
    require(each->synced <= each->accepted && each->accepted <= each->next, "synced <= accepted <= next");
  for (const auto& each : readers_) {
    require(each->cursor.floor() <= each->stream->next, "floor <= next");
    require(each->durable_floor <= each->cursor.floor(), "durable floor <= floor");
    if (each->is_split())
      require(
          each->live_from <= each->way_of(lane::live).position && each->live_from <= each->stream->accepted,
          "live lane's begin <= its position and accepted");
    require(ledger(*each).balanced(), "accepted = delivered + discarded + waiting");
  }
  require(held_first_ <= synced_ && synced_ <= written_ && written_ <= held_end(),
          "synced <= written <= held");
}

}  // namespace tidegate::spool
