// The spool: the one log on disk that holds what durable pipelines have accepted, until every sink has
// acknowledged it. README.md has the format and the reasons.
//
//   sources --push()--> stream ==commit==> log on disk ==read()==> reader --> sink --settle()--> cursor
//
// A *stream* is what one pipeline writes, a *reader* the route of that pipeline to one sink. Samples are
// numbered within their stream, from 0 on, without holes; a reader's cursor is a set of these numbers.
//
// What is pushed is *accepted* when its commit is done, and only then can it be read. It is kept
// until every reader of the stream has settled it, or a limit has discarded it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "batch/batch_ref.hpp"
#include "batch/lane.hpp"
#include "batch/ledger.hpp"
#include "batch/receipt.hpp"
#include "observe/clock.hpp"
#include "observe/log.hpp"
#include "spool/folder.hpp"

namespace tidegate::spool {

enum class when_full { block, drop_oldest, drop_newest, thin_out };

// When samples count as accepted.
struct commit_rule {
  enum class mode {
    window,  // their fdatasync has returned, at most `window` after they came
    always,  // the same, at once
    never,   // they were written: safe from a kill, not from a power cut nor from a disk that fails
  };
  mode when = mode::window;
  std::chrono::nanoseconds window = std::chrono::seconds{1};
};

struct reader_limits {
  std::uint64_t max_bytes = UINT64_MAX;  // of batches on disk that this reader has not settled
  std::optional<std::uint64_t> max_samples;
  std::optional<std::chrono::nanoseconds> max_age;  // counted while the gateway runs
  tidegate::spool::when_full when_full = tidegate::spool::when_full::drop_oldest;
};

struct options {
  std::uint64_t max_bytes = std::uint64_t{1} << 30;        // of all segments
  std::uint64_t min_free_bytes = std::uint64_t{64} << 20;  // left to others on the file system
  std::uint32_t segment_bytes = std::uint32_t{4} << 20;
};

// A run of samples of one batch as a reader gets them.
struct record {
  batch_ref batch;
  std::uint64_t number = 0;  // of the batch's first sample
  std::uint32_t first = 0;   // the samples before it are settled already
  std::uint32_t count = 0;
};

// All may be called from any thread; read(), split() and join() one at a time.
class reader {
 public:
  virtual ~reader() = default;

  // The oldest samples of the lane that were not read yet, one batch at a time; false if there are none now.
  // May read the disk. What cannot be read any more is counted as damaged, and passed over.
  virtual bool read(record& into, lane from = lane::main) = 0;
  // Whether read() has something.
  virtual bool has_more(lane from = lane::main) const = 0;

  // From now on what is accepted is the live lane's, and what was before, but not read yet, the main lane's.
  // Where there is a live lane already, it begins anew like this, which has to wait until all that was read
  // from it is settled: false, and nothing done, until then. The floor stays where the main lane is, and what
  // is settled above it stands in the cursor piece by piece: while there are many pieces, the lanes stay as
  // they are. An end of the program joins the lanes; what was settled in either is not read again.
  virtual bool split() = 0;
  // The number that the live lane begins with; UINT64_MAX while there is none.
  virtual std::uint64_t live_from() const = 0;
  // Makes one lane of both. False, and nothing done, while the main lane has something to read.
  virtual bool join() = 0;

  // The samples numbered from `first` on have found their end. What was settled before, or
  // discarded meanwhile, is ignored.
  virtual void deliver(std::uint64_t first, std::uint64_t count) = 0;
  virtual void discard(std::uint64_t first, std::uint64_t count, discard_reason why) = 0;

  // Nothing that comes from now on is the reader's; what waits for it still is. add_reader() undoes it.
  virtual void end() = 0;
  // The same, and nobody reads any more: what waits is kept until its room is needed. Nothing may be read,
  // nor be under way, when it is called. add_reader() begins again with what was not settled.
  virtual void detach() = 0;

  virtual tidegate::ledger ledger() const = 0;
  // What the ledger said before this run, without what was found missing when the spool was opened.
  virtual tidegate::discarded_counts discarded_earlier() const = 0;
};

class stream {
 public:
  virtual ~stream() = default;

  // Takes the samples; they are accepted later. Waits while there is no room and a reader's policy is to
  // block, or there is a claim: such samples are neither discarded for want of room nor thinned out, and room
  // is not made by discarding those that had one, nor what is before them. False, and nothing taken, if
  // `giving_up` is requested meanwhile. With commit `always` it returns when they are accepted. The receipt
  // is let go when they are accepted or discarded. [any thread]
  virtual bool push(batch_ref batch, receipt claim, const std::stop_token& giving_up) = 0;
  // The same, but waits for nothing, not even for a commit. False, and nothing taken, if there is no room.
  // [any thread]
  virtual bool offer(const batch_ref& batch) = 0;
  // How many bytes of batches its fullest reader has room for, about; 0 also while the disk does not follow,
  // or the whole spool is full. [any thread]
  virtual std::uint64_t room() const = 0;
  // Some of what waits since an earlier run may have had a claim: all of it is treated so.
  virtual void expect_claims() = 0;
};

class spool {
 public:
  virtual ~spool() = default;

  // Opens what lies in the folder, or begins anew. What is damaged is set aside and told in the log, and
  // while nothing can be written the spool is degraded and tries again. Null only if the folder cannot be
  // read for a reason that is not the disk's, such as permissions or too many open files: to begin anew
  // beside what lies there would lose it. All references outlive the spool.
  static std::unique_ptr<spool> open(folder& files, const options& with, const observe::clock& clock,
                                     observe::log& log);

  // Before start() or later. A name that is new begins empty; one that the log knows goes on where it was,
  // with what is said now. The same name is the same stream, and the same reader. References live as long as
  // the spool.
  virtual stream& add_stream(const std::string& pipeline, const commit_rule& commit) = 0;
  // `more` is called, on the spool's thread, when read() has something again.
  virtual reader& add_reader(stream& of, const std::string& sink, const reader_limits& limits,
                             std::function<void()> more) = 0;

  virtual void start() = 0;  // the thread that commits
  // Commits at once what was pushed, so that sinks may deliver it. False if that is not done at the deadline
  // (monotonic), or cannot be done.
  virtual bool flush(std::int64_t deadline) = 0;
  // Commits what was pushed, and the cursors, as far as the disk allows.
  virtual void stop() = 0;

  struct status {
    std::uint64_t bytes = 0;       // of all segments
    std::uint64_t bytes_used = 0;  // of those that hold something
    std::uint64_t bytes_written = 0;
    std::uint64_t commits = 0;
    std::string degraded;  // why, empty when it is not
  };
  virtual status now() const = 0;
};

}  // namespace tidegate::spool
