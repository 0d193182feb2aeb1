// The spool as others see it: the log, a lock around it, and the thread that does what it plans.
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "spool/crash_point.hpp"
#include "spool/disk_reader.hpp"
#include "spool/log.hpp"
#include "spool/spool.hpp"

namespace tidegate::spool {

namespace {

constexpr std::string_view who = "spool";
constexpr std::int64_t second = 1'000'000'000;

// What is shared by the spool, its streams and its readers.
struct shared {
  shared(folder& files, const options& with, const observe::clock& time, observe::log& say)
      : clock{time}, said{say}, log{files, with, say} {}

  const observe::clock& clock;
  observe::log& said;
  std::mutex mutex;                      // the log, and all below
  std::condition_variable work;          // for the thread: there may be something to do
  std::condition_variable_any progress;  // for push(): something was accepted, settled or written
  tidegate::spool::log log;
  bool woken = false;
  std::int64_t sleeps_until = 0;  // the thread; a push may make something due earlier
  bool waiting_for_room = false;  // a push is

  moment now() const { return {clock.now_monotonic(), clock.now_utc()}; }
  void wake() {
    woken = true;
    work.notify_one();
  }
};

class disk_stream final : public stream {
 public:
  disk_stream(shared& with, log::stream_state& of) : with_{with}, of_{of} {}

  bool push(batch_ref batch, receipt claim, const std::stop_token& giving_up) override {
    std::unique_lock lock{with_.mutex};
    std::uint64_t number = 0;
    auto done = log::admission::no_room;
    const auto answered = [&] {
      done = take(batch, claim, number);
      return done != log::admission::no_room;
    };
    if (!with_.progress.wait(lock, giving_up, answered)) return false;
    if (done == log::admission::discarded || of_.commit.when != commit_rule::mode::always) return true;
    const auto end = number + batch.view().size();
    return with_.progress.wait(lock, giving_up, [&] { return with_.log.is_accepted(of_, end); });
  }

  bool offer(const batch_ref& batch) override {
    const std::lock_guard lock{with_.mutex};
    std::uint64_t number = 0;
    return take(batch, {}, number) != log::admission::no_room;
  }

  std::uint64_t room() const override {
    const std::lock_guard lock{with_.mutex};
    return with_.log.room(of_, with_.now());
  }

  void expect_claims() override {
    const std::lock_guard lock{with_.mutex};
    with_.log.expect_claims(of_);
  }

  log::stream_state& state() noexcept { return of_; }

 private:
  // Under the lock.
  log::admission take(const batch_ref& batch, const receipt& claim, std::uint64_t& number) {
    const auto done = with_.log.push(of_, batch, claim, with_.now(), number);
    // Each time anew: whoever makes room takes it as answered.
    if (done == log::admission::no_room) with_.waiting_for_room = true;
    if (done != log::admission::no_room && with_.log.next_plan() < with_.sleeps_until) with_.wake();
    return done;
  }

  shared& with_;
  log::stream_state& of_;
};

class spool_reader final : public reader {
 public:
  spool_reader(shared& with, log::reader_state& of, std::function<void()> more) : with_{with}, of_{of} {
    set_more(std::move(more));
  }

  log::reader_state& state() noexcept { return of_; }
  // Under the lock.
  void set_more(std::function<void()> more) {
    more_ = std::make_shared<const std::function<void()>>(std::move(more));
  }

  bool read(record& into, lane from) override {
    auto& in = sides_[index_of(from)];
    while (true) {
      log::disk_place place;
      {
        const std::lock_guard lock{with_.mutex};
        const auto now = with_.now();
        if (now.monotonic < in.rests_until) return false;
        switch (with_.log.find(of_, from, into, place, now)) {
          case log::where::nowhere:
            note_settled();  // what was damaged
            in.disk.rest();
            return false;
          case log::where::memory:
            in.disk.rest();
            return true;
          case log::where::disk:
            break;
        }
      }
      const auto outcome = in.disk.read(place);
      const std::lock_guard lock{with_.mutex};
      if (outcome == disk_reader::outcome::error) {
        if (rest_after_error(in)) return false;
        in.disk.skip_unreadable();
        continue;
      }
      const auto* found = outcome == disk_reader::outcome::found ? &in.disk.found() : nullptr;
      in.errors = 0;
      if (with_.log.take(of_, place, found, in.disk.service_time(), into, with_.now())) return true;
      note_settled();  // what was too old
    }
  }

  bool has_more(lane from) const override {
    const std::lock_guard lock{with_.mutex};
    return has_more(from, with_.clock.now_monotonic());
  }

  bool split() override {
    const std::lock_guard lock{with_.mutex};
    return with_.log.split(of_);
  }

  std::uint64_t live_from() const override {
    const std::lock_guard lock{with_.mutex};
    return of_.live_from;
  }

  bool join() override {
    const std::lock_guard lock{with_.mutex};
    if (!with_.log.join(of_)) return false;
    std::swap(sides_[index_of(lane::main)], sides_[index_of(lane::live)]);
    sides_[index_of(lane::live)].disk.rest();
    return true;
  }

  void deliver(std::uint64_t first, std::uint64_t count) override {
    const std::lock_guard lock{with_.mutex};
    with_.log.deliver(of_, first, count, with_.now());
    note_settled();
  }

  void discard(std::uint64_t first, std::uint64_t count, discard_reason why) override {
    const std::lock_guard lock{with_.mutex};
    with_.log.discard(of_, first, count, why, with_.now());
    note_settled();
  }

  void end() override {
    const std::lock_guard lock{with_.mutex};
    with_.log.end(of_);
    note_settled();  // nobody waits for its room any more
  }

  void detach() override {
    const std::lock_guard lock{with_.mutex};
    with_.log.detach(of_);
    set_more({});
    for (auto& each : sides_) each = {};
    note_settled();
  }

  tidegate::ledger ledger() const override {
    const std::lock_guard lock{with_.mutex};
    return with_.log.ledger(of_);
  }

  discarded_counts discarded_earlier() const override { return of_.discarded_earlier; }

  // Under the lock. Whether the reader is to be told, because something has come since it was told last.
  bool takes_news() {
    const auto now = with_.clock.now_monotonic();
    bool news = of_.stream->accepted != told_;
    for (auto& each : sides_)
      if (each.rests_until <= now) news = std::exchange(each.rests_until, 0) != 0 || news;
    told_ = of_.stream->accepted;
    return news && (has_more(lane::main, now) || has_more(lane::live, now));
  }
  // When a lane that rests has done so; 0 if none does.
  std::int64_t rests_until() const noexcept {
    std::int64_t first = 0;
    for (const auto& each : sides_)
      if (each.rests_until != 0 && (first == 0 || each.rests_until < first)) first = each.rests_until;
    return first;
  }
  std::shared_ptr<const std::function<void()>> more() const { return more_; }

 private:
  // Of one lane.
  struct side {
    disk_reader disk;              // read()'s own
    std::int64_t rests_until = 0;  // under the lock
    int errors = 0;                // in a row
  };

  bool has_more(lane from, std::int64_t now) const {
    return with_.log.has_more(of_, from) && now >= sides_[index_of(from)].rests_until;
  }

  // A disk that does not answer now may do so in two minutes; one that never does must not hold up what lies
  // behind, and is not asked as patiently for each of its blocks. What there is no memory for is whole.
  bool rest_after_error(side& in) {
    constexpr int errors_max = 7;
    const bool is_disk = in.disk.error() != std::errc::not_enough_memory;
    if (is_disk && in.errors == errors_max) return false;
    in.rests_until = with_.clock.now_monotonic() + std::min(second << in.errors, 60 * second);
    in.errors = std::min(in.errors + 1, errors_max);
    with_.said.warning(who, "cannot read for " + of_.stream->name + " -> " + of_.name + ": " +
                                in.disk.error().message() + "; tried again");
    with_.wake();
    return true;
  }

  void note_settled() {
    if (with_.log.next_plan() < with_.sleeps_until) with_.wake();  // the cursors are due some day
    if (!with_.waiting_for_room && !with_.log.is_full()) return;
    with_.waiting_for_room = false;
    with_.progress.notify_all();
    with_.wake();
  }

  shared& with_;
  log::reader_state& of_;
  std::shared_ptr<const std::function<void()>> more_;  // under the lock
  std::array<side, lane_count> sides_;
  std::uint64_t told_ = 0;
};

class disk_spool final : public spool {
 public:
  disk_spool(folder& files, const options& with, const observe::clock& clock, observe::log& log)
      : shared_{files, with, clock, log} {}

  std::string open() { return shared_.log.open(shared_.now()); }
  ~disk_spool() override { stop(); }

  stream& add_stream(const std::string& pipeline, const commit_rule& commit) override {
    const std::lock_guard lock{shared_.mutex};
    auto& state = shared_.log.stream(pipeline, commit);
    for (const auto& each : streams_)
      if (&each->state() == &state) return *each;
    return *streams_.emplace_back(std::make_unique<disk_stream>(shared_, state));
  }

  reader& add_reader(stream& of, const std::string& sink, const reader_limits& limits,
                     std::function<void()> more) override {
    const std::lock_guard lock{shared_.mutex};
    auto& state = shared_.log.reader(static_cast<disk_stream&>(of).state(), sink, limits);
    for (const auto& each : readers_) {
      if (&each->state() != &state) continue;
      each->set_more(std::move(more));
      return *each;
    }
    return *readers_.emplace_back(std::make_unique<spool_reader>(shared_, state, std::move(more)));
  }

  void start() override {
    shared_.log.tell_of_orphans();
    thread_ = std::thread{[this] { run(); }};
  }

  void stop() override {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock{shared_.mutex};
      stopping_ = true;
      shared_.wake();
    }
    thread_.join();
    if (!shared_.log.is_committed())
      shared_.said.error(who,
                         "samples that were not accepted yet are lost, because they cannot be written: " +
                             shared_.log.status().degraded);
  }

  bool flush(std::int64_t deadline) override {
    std::unique_lock lock{shared_.mutex};
    shared_.log.hurry();
    shared_.wake();
    const auto left = std::max<std::int64_t>(0, deadline - shared_.clock.now_monotonic());
    return shared_.progress.wait_for(lock, std::chrono::nanoseconds{left},
                                     [this] { return shared_.log.is_committed(); });
  }

  status now() const override {
    const std::lock_guard lock{shared_.mutex};
    return shared_.log.status();
  }

 private:
  void run() {
    std::unique_lock lock{shared_.mutex};
    while (true) {
      if (work(lock)) continue;
      if (stopping_ && (shared_.log.is_clean() || shared_.log.is_stuck())) return;
      sleep(lock);
    }
  }

  // One job. False if there was none.
  bool work(std::unique_lock<std::mutex>& lock) {
    if (stopping_) shared_.log.hurry();
    const auto job = shared_.log.plan(shared_.now());
    if (!job) {
      if (std::exchange(shared_.waiting_for_room, false)) shared_.progress.notify_all();  // after an age
      tell(lock);
      return false;
    }
    lock.unlock();
    job->run();
    lock.lock();
    crash_point("before-publish");
    shared_.log.finish(*job, shared_.now());
    crash_point("after-publish");
    shared_.progress.notify_all();
    tell(lock);
    return true;
  }

  // Without the lock, since a sink's own lies around its calls of read().
  void tell(std::unique_lock<std::mutex>& lock) {
    told_.clear();
    for (auto& each : readers_)
      if (each->takes_news()) told_.push_back(each->more());
    if (told_.empty()) return;
    lock.unlock();
    for (const auto& each : told_)
      if (*each) (*each)();
    lock.lock();
  }

  void sleep(std::unique_lock<std::mutex>& lock) {
    auto until = shared_.log.next_plan();
    for (const auto& each : readers_)
      if (each->rests_until() != 0) until = std::min(until, each->rests_until());
    const auto woken = [this] { return std::exchange(shared_.woken, false); };
    shared_.sleeps_until = until;
    if (until == INT64_MAX) {
      shared_.work.wait(lock, woken);
      shared_.sleeps_until = 0;
      return;
    }
    const auto left = std::max<std::int64_t>(0, until - shared_.clock.now_monotonic());
    shared_.work.wait_for(lock, std::chrono::nanoseconds{left}, woken);
    shared_.sleeps_until = 0;
  }

  mutable shared shared_;
  std::vector<std::unique_ptr<disk_stream>> streams_;
  std::vector<std::unique_ptr<spool_reader>> readers_;
  std::vector<std::shared_ptr<const std::function<void()>>> told_;
  std::thread thread_;
  bool stopping_ = false;
};

}  // namespace

std::unique_ptr<spool> spool::open(folder& files, const options& with, const observe::clock& clock,
                                   observe::log& log) {
  auto made = std::make_unique<disk_spool>(files, with, clock, log);
  const auto problem = made->open();
  if (problem.empty()) return made;
  log.error(who, problem);
  return nullptr;
}

}  // namespace tidegate::spool
