// The log itself: what is held in memory, what on disk, and what is to be written next.
//
// It never touches a disk by itself once it is open. plan() says what is to be done, job::run() does it, and
// finish() takes note; whoever owns the log locks around all but run(), so that pushing, reading from
// memory and settling never wait for a disk. Time is handed in.
//
//   held, in order of push():   [ accepted, kept for fast readers | written, not synced | pending ]
//                                                            synced_               written_
//
// Invariants, which check() asserts:
//   a reader's floor <= its stream's accepted <= its stream's next
//   what a reader's live lane began with <= what it gives next, and <= its stream's accepted
//   a segment is used anew only when every reader's floor *on disk* is past what it holds
//   what is not synced is held in memory
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "batch/batch_ref.hpp"
#include "batch/lane.hpp"
#include "batch/receipt.hpp"
#include "observe/log.hpp"
#include "spool/commit.hpp"
#include "spool/cursor.hpp"
#include "spool/folder.hpp"
#include "spool/format.hpp"
#include "spool/recovery.hpp"
#include "spool/scanner.hpp"
#include "spool/segment.hpp"
#include "spool/spool.hpp"

namespace tidegate::spool {

struct moment {
  std::int64_t monotonic = 0;
  std::int64_t utc = 0;
};

// One thread at a time, but for job::run() and disk_place.
class log {
 public:
  struct stream_state {
    std::uint32_t id = 0;
    std::string name;
    commit_rule commit;
    bool wired = false;
    std::uint64_t next = 0;          // the number that the next sample gets
    std::uint64_t accepted = 0;      // all below may be read
    std::uint64_t synced = 0;        // all below survive a power cut
    std::uint64_t claimed = 0;       // nothing below is discarded to make room: some of it had a claim
    std::deque<std::uint64_t> held;  // places in the log's queue, ascending
  };

  // Where read() is in one lane.
  struct way {
    std::uint64_t position = 0;  // what it gives next
    // Segments that do not have it, though they might: all up to this generation, and the first number
    // behind it that one of them has.
    std::uint64_t looked_in = 0;
    std::uint64_t found_behind = UINT64_MAX;

    void move_on(std::uint64_t to) noexcept {
      if (to != position) *this = way{to};
    }
  };

  struct reader_state {
    std::uint32_t id = 0;
    stream_state* stream = nullptr;
    std::string name;
    reader_limits limits;  // until it is wired none, and what waits makes room when the whole is full
    bool wired = false;
    std::uint64_t ends_at = UINT64_MAX;  // what comes from this number on is not its own
    std::vector<number_range>
        missed;  // nor is this, which came while it had ended and may not be written yet
    tidegate::spool::cursor cursor;
    discarded_counts discarded_earlier{};  // before this run
    std::array<way, lane_count> ways;
    std::uint64_t live_from = UINT64_MAX;  // what the live lane began with, while there is one
    std::uint64_t written_floor = 0;       // the floor as the last written cursors say it
    std::uint64_t durable_floor = 0;       // ... the last synced
    std::uint64_t bytes = 0;               // of what is not settled, about
    bool dirty = false;                    // the cursor is not written
    std::uint32_t thinned = 0;             // batches offered since thinning began
    std::vector<gap_entry> gaps;           // not written yet, one a reason

    way& way_of(lane which) noexcept { return ways[index_of(which)]; }
    const way& way_of(lane which) const noexcept { return ways[index_of(which)]; }
    bool is_split() const noexcept { return live_from != UINT64_MAX; }
    bool takes_from(const stream_state& pushed) const noexcept {
      return stream == &pushed && ends_at == UINT64_MAX;
    }
    bool does_without(std::uint64_t number) const noexcept;
  };

  // Where a reader finds its next record on disk.
  struct disk_place {
    std::shared_ptr<tidegate::spool::file> file;
    std::uint64_t generation = 0;
    std::uint64_t written = 0;  // bytes of the segment
    std::uint64_t number = 0;   // wanted
    std::uint64_t end = 0;      // the first number that is not in this segment any more
    std::uint32_t stream = 0;
    std::uint32_t seed = 0;
    lane which = lane::main;
  };

  struct job;

  log(folder& files, const options& with, observe::log& say);
  ~log();
  log(const log&) = delete;
  log& operator=(const log&) = delete;

  // Makes sense of the folder. Once, before all else. Says why that cannot be done now, or nothing; then
  // nothing else may be called.
  std::string open(const moment& now);

  stream_state& stream(const std::string& name, const commit_rule& commit);
  reader_state& reader(stream_state& of, const std::string& name, const reader_limits& limits);
  // Nothing that comes from now on is the reader's; it keeps what waits for it.
  void end(reader_state& of) noexcept;
  // The same, and nobody reads any more. Asked for again, it begins with what it has not settled.
  void detach(reader_state& of) noexcept;
  // Tells of readers that nobody has asked for.
  void tell_of_orphans() const;

  // ---- writing
  // Discarded: no reader takes it, which is counted; it got no number.
  enum class admission { taken, discarded, no_room };
  // `number` is that of the first sample if it is taken. With no_room the claim stays the caller's.
  admission push(stream_state& to, const batch_ref& batch, const receipt& claim, const moment& now,
                 std::uint64_t& number);
  // See stream.
  std::uint64_t room(const stream_state& of, const moment& now) const;
  static void expect_claims(stream_state& of) noexcept { of.claimed = of.next; }
  bool is_accepted(const stream_state& of, std::uint64_t end) const noexcept { return of.accepted >= end; }

  // What is to be done now; null if nothing is. finish() before the next plan().
  std::unique_ptr<job> plan(const moment& now);
  void finish(job& done, const moment& now);
  // When plan() may have something again, if nothing is pushed or settled; INT64_MAX for never.
  std::int64_t next_plan() const noexcept;
  // Everything is due now: what is pending, and the cursors.
  void hurry() noexcept { hurried_ = true; }
  bool is_committed() const noexcept { return synced_ == held_end(); }  // all that was pushed
  bool is_clean() const noexcept;                                       // that, and the cursors
  bool is_full() const noexcept { return full_; }
  bool is_stuck() const noexcept { return full_ || failures_ != 0; }  // what is due cannot be done now

  // ---- reading
  enum class where { nowhere, memory, disk };
  where find(reader_state& of, lane from, record& into, disk_place& place, const moment& now);
  // What was found on disk for `of` at the place: the record, or null if there is none any more in that
  // segment. True if `into` was filled.
  bool take(reader_state& of, const disk_place& place, const record* found, std::int64_t service_time,
            record& into, const moment& now);
  bool has_more(const reader_state& of, lane from) const noexcept {
    return of.way_of(from).position < end_of(of, from);
  }
  // See reader.
  bool split(reader_state& of) noexcept;
  bool join(reader_state& of) noexcept;
  void note_damage(std::uint64_t generation);

  void deliver(reader_state& of, std::uint64_t first, std::uint64_t count, const moment& now);
  void discard(reader_state& of, std::uint64_t first, std::uint64_t count, discard_reason why,
               const moment& now);
  tidegate::ledger ledger(const reader_state& of) const noexcept { return of.cursor.ledger(of.stream->next); }

  // ---- for all to see
  const std::vector<std::unique_ptr<stream_state>>& streams() const noexcept { return streams_; }
  const std::vector<std::unique_ptr<reader_state>>& readers() const noexcept { return readers_; }
  spool::status status() const;
  void check() const;  // aborts if an invariant does not hold

 private:
  // What was pushed, until it is synced and every reader has it, or there is too much of it.
  struct held_batch {
    stream_state* stream;
    std::uint64_t number;
    std::uint64_t samples;
    std::uint32_t bytes;  // of the record
    std::int64_t service_time;
    batch_ref batch;
    receipt claim;
    std::vector<reader_state*> skip;  // who does without it
  };

  // opening
  void adopt(recovered& from, const moment& now);
  void adopt_cursors(const recovered& from);
  void count_waiting_bytes();

  // admission
  bool is_small_enough(std::uint64_t bytes);
  bool is_over(const reader_state& of, std::uint64_t bytes, std::uint64_t samples) const noexcept;
  // How many ranges above the floor a cursor may have, about.
  std::size_t pieces_max() const noexcept { return options_.segment_bytes >= 1024 * 1024 ? 256 : 32; }
  bool is_in_pieces(const reader_state& of) const noexcept { return of.cursor.pieces() > pieces_max() / 2; }
  std::uint64_t room_of_reader(const reader_state& of) const noexcept;
  std::uint64_t room_in_files(const moment& now) const;
  bool refuses(reader_state& of, std::uint64_t bytes, std::uint64_t samples, const moment& now);
  void drop_oldest(reader_state& of, std::uint64_t bytes, std::uint64_t samples, const moment& now);
  void discard_unnumbered(const stream_state& of, std::uint64_t samples, const moment& now);
  void join_pieces(reader_state& of, const moment& now);
  void leave_out(reader_state& of, const held_batch& batch, const moment& now);
  static void take_up_again(reader_state& of);
  void hold(held_batch made, const moment& now);
  void note_due(const stream_state& of, const moment& now);

  // planning
  std::unique_ptr<job> plan_write(const moment& now);
  std::unique_ptr<job> plan_seal(const moment& now);
  std::unique_ptr<job> plan_open(const moment& now);
  std::unique_ptr<job> plan_blank(std::uint64_t bytes);
  std::unique_ptr<job> plan_dispose();
  std::unique_ptr<job> plan_segment(const moment& now);
  std::uint64_t segment_bytes_wanted() const;
  bool must_write(const moment& now) const noexcept;
  bool must_sync(const moment& now) const noexcept;
  bool must_say_cursors(const moment& now) const noexcept;
  bool may_grow(std::uint64_t bytes, const moment& now) const noexcept;
  bool next_fits(std::uint64_t room) const noexcept;
  bool cursors_fit(std::uint64_t room) const;
  void fill(job& into, std::uint64_t room, std::uint64_t cursors_room, const moment& now);
  bool add_cursors(job& into, std::uint64_t room, bool all);
  void add_gaps(job& into, std::uint64_t room);
  cursors snapshot(bool all) const;
  void relieve(const moment& now);
  bool must_keep(const segment& each) const noexcept;
  void apply_age(const moment& now);

  // finishing
  void finish_write(job& done, const moment& now);
  void finish_open(job& done, const moment& now);
  void finish_seal(job& done, const moment& now);
  void finish_blank(job& done, const moment& now);
  void distrust_last(const job& done, const moment& now);
  void fail(const std::string& what, const std::error_code& why, const moment& now);
  void recover_from_failure();
  void note_written_cursors(const job& done);
  void note_synced();
  void publish();
  void release_segments();
  void release_held();

  held_batch& at(std::uint64_t place) { return held_[place - held_first_]; }
  std::uint64_t held_end() const noexcept { return held_first_ + held_.size(); }
  segment* last() noexcept { return writable_ ? &segments_.back() : nullptr; }
  const segment* holder_of(std::uint32_t stream, std::uint64_t number, std::uint64_t after) const noexcept;
  static std::uint64_t end_of(const reader_state& of, lane which) noexcept;
  static void take_part(reader_state& of, lane which, const record& from, record& into) noexcept;
  static bool has_read(const reader_state& of, const number_range& numbers) noexcept;
  void note_settled(reader_state& of, std::uint64_t settled, std::uint64_t waiting_before, const moment& now);
  void note_change(reader_state& of, const moment& now);
  void note_gap(reader_state& of, discard_reason why, const number_range& numbers, std::uint64_t samples,
                const moment& now);
  bool is_passed(const segment& each) const noexcept;
  bool is_released(const segment& each) const noexcept;
  std::int64_t service_time(const moment& now) const noexcept {
    return service_base_ + now.monotonic - opened_at_;
  }

  folder& files_;
  const options options_;
  observe::log& say_;
  spool_id id_{};
  std::uint32_t seed_ = 0;
  bool names_synced_ = false;  // of the files that were found

  std::vector<std::unique_ptr<stream_state>> streams_;
  std::vector<std::unique_ptr<reader_state>> readers_;

  std::deque<segment> segments_;            // by generation
  bool writable_ = false;                   // the last segment may be written
  std::vector<segment_part> synced_parts_;  // the last segment's, as far as they are synced
  std::vector<segment> blanks_;             // ready to be opened
  std::vector<segment> disposed_;           // to be removed, or kept aside
  std::uint64_t next_generation_ = 1;
  std::uint64_t next_commit_ = 1;
  std::uint64_t next_name_ = 1;
  std::int64_t service_base_ = 0;
  std::int64_t opened_at_ = 0;

  std::deque<held_batch> held_;
  std::uint64_t held_first_ = 0;  // the place of the first
  std::uint64_t synced_ = 0;      // places
  std::uint64_t written_ = 0;
  std::uint64_t planned_ = 0;         // the job under way ends here
  std::uint64_t held_counted_ = 0;    // up to here they are in accepted_bytes_
  std::uint64_t accepted_bytes_ = 0;  // of those before synced_
  std::uint64_t unsynced_bytes_ = 0;  // of those that wait for a sync
  std::uint64_t pending_bytes_ = 0;

  bool synced_all_ = true;         // nothing was written since the last sync
  bool complete_written_ = false;  // all cursors were written in this run
  bool anchored_ = false;          // and synced
  bool hurried_ = false;
  bool all_cursors_ = true;  // the next cursors must be complete
  std::int64_t write_due_ = INT64_MAX;
  std::int64_t sync_due_ = INT64_MAX;
  std::int64_t cursors_due_ = INT64_MAX;
  bool release_due_ = false;      // saying the cursors frees a segment that is needed
  std::int64_t grow_due_ = 0;     // no new file before
  std::int64_t try_due_ = 0;      // nothing is tried before
  std::int64_t stuck_until_ = 0;  // there was no room for what is due
  std::int64_t retry_delay_ = 0;
  int failures_ = 0;
  bool full_ = false;
  std::uint64_t bytes_written_ = 0;
  std::uint64_t commits_ = 0;
  std::string degraded_;
};

// One thing to be done to the folder. run() touches nothing of the log, and may take its time.
struct log::job {
  enum class kind { write, open, seal, blank, dispose };
  kind what = kind::write;
  folder* files = nullptr;
  segment target;  // a copy; the file is shared
  tidegate::spool::commit records;
  tidegate::spool::commit copy;  // open: the first commit's, behind it
  tidegate::spool::commit::place place;
  std::vector<std::byte> header_block;  // open
  bool sync = false;
  std::vector<segment> disposed;
  std::uint64_t min_free_bytes = 0;
  std::uint64_t name_number = 0;  // blank

  std::uint64_t held_end = 0;  // places that it writes, from written_ on
  std::vector<std::pair<reader_state*, std::uint64_t>> floors;
  std::vector<gap_entry> gaps;
  bool has_cursors = false;
  bool complete_cursors = false;

  std::error_code failed;
  std::uint64_t bytes = 0;  // that were written

  void run();

 private:
  void write();
  void open();
  void seal();
  void make_blank();
  void dispose();
};

}  // namespace tidegate::spool
