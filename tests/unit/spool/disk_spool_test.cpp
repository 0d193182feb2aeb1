// The spool as the program has it: on real files, with its thread.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <future>
#include <mutex>
#include <thread>

#include "simulated_folder.hpp"
#include "spool/lock.hpp"
#include "spool/posix_folder.hpp"
#include "spool/spool.hpp"
#include "unit/batch/made_batch.hpp"
#include "unit/pipeline/recorded_log.hpp"

namespace tidegate::spool {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class DiskSpool : public testing::Test {
 protected:
  DiskSpool() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tidegate-spool-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
    EXPECT_FALSE(open_posix_folder(path_ / "spool", folder_));
  }
  ~DiskSpool() override { std::filesystem::remove_all(path_); }

  // Woken by the spool; read under a deadline.
  class mailbox {
   public:
    void tell() {
      const std::lock_guard lock{mutex_};
      told_ = true;
      changed_.notify_all();
    }
    bool wait() {
      std::unique_lock lock{mutex_};
      const bool was_told = changed_.wait_for(lock, seconds{60}, [this] { return told_; });
      told_ = false;
      return was_told;
    }

   private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool told_ = false;
  };

  struct opened {
    std::unique_ptr<mailbox> box = std::make_unique<mailbox>();  // outlives the spool
    std::unique_ptr<spool> it;
    stream* in = nullptr;
    reader* out = nullptr;
  };
  opened open(commit_rule::mode when, const reader_limits& limits = {}) {
    opened made;
    commit_rule rule;
    rule.when = when;
    rule.window = milliseconds{20};
    made.it = spool::open(*folder_, {}, clock_, log_);
    made.in = &made.it->add_stream("telemetry", rule);
    made.out = &made.it->add_reader(*made.in, "archive", limits, [box = made.box.get()] { box->tell(); });
    made.it->start();
    return made;
  }

  // So many values, delivered as they come.
  static std::vector<std::uint64_t> take(opened& from, std::size_t count) {
    std::vector<std::uint64_t> values;
    while (values.size() < count) {
      record each;
      if (!from.out->read(each)) {
        if (!from.box->wait()) break;
        continue;
      }
      for (auto index = each.first; index < each.first + each.count; ++index)
        values.push_back(each.batch.view()[index].find("n")->as_u64());
      from.out->deliver(each.number + each.first, each.count);
    }
    return values;
  }

  std::filesystem::path path_;
  std::unique_ptr<folder> folder_;
  observe::system_clock clock_;
  observe::recorded_log log_;
};

std::vector<std::uint64_t> counted(std::uint64_t first, std::size_t count) {
  std::vector<std::uint64_t> all(count);
  for (auto& each : all) each = first++;
  return all;
}

TEST_F(DiskSpool, GivesWhatWasPushedInOrder) {
  for (const auto mode : {commit_rule::mode::window, commit_rule::mode::always, commit_rule::mode::never}) {
    auto spool = open(mode);
    for (std::uint64_t each = 0; each < 50; ++each)
      ASSERT_TRUE(spool.in->push(make_batch(each * 10, 10), {}, {}));
    EXPECT_EQ(take(spool, 500), counted(0, 500));
    EXPECT_TRUE(spool.out->ledger().balanced());
    spool.it->stop();
    EXPECT_EQ(spool.out->ledger().waiting, 0u);
  }
}

TEST_F(DiskSpool, KeepsWhatIsNotDeliveredOverARestart) {
  {
    auto spool = open(commit_rule::mode::window);
    ASSERT_TRUE(spool.in->push(make_batch(0, 10), {}, {}));
    ASSERT_TRUE(spool.in->push(make_batch(10, 10), {}, {}));
    EXPECT_EQ(take(spool, 10), counted(0, 10));
    spool.it->stop();
  }
  auto spool = open(commit_rule::mode::window);
  EXPECT_EQ(take(spool, 10), counted(10, 10));
  EXPECT_EQ(spool.out->ledger().accepted, 20u);
  EXPECT_EQ(spool.out->ledger().delivered, 20u);
}

TEST_F(DiskSpool, LetsGoOfTheReceiptWhenTheSamplesAreAccepted) {
  auto spool = open(commit_rule::mode::window);
  std::promise<void> gone;
  receipt claim{new int{}, [&](const void* held) {
                  delete static_cast<const int*>(held);
                  gone.set_value();
                }};
  ASSERT_TRUE(spool.in->push(make_batch(0, 1), std::move(claim), {}));
  EXPECT_EQ(gone.get_future().wait_for(seconds{60}), std::future_status::ready);
  EXPECT_EQ(spool.out->ledger().waiting, 1u);
}

TEST_F(DiskSpool, MakesASourceWaitUntilThereIsRoom) {
  reader_limits limits;
  limits.when_full = when_full::block;
  limits.max_samples = 15;
  auto spool = open(commit_rule::mode::window, limits);
  ASSERT_TRUE(spool.in->push(make_batch(0, 10), {}, {}));
  std::atomic<bool> passed{false};
  std::thread source{[&] {
    spool.in->push(make_batch(10, 10), {}, {});
    passed = true;
  }};
  EXPECT_EQ(take(spool, 20), counted(0, 20));
  source.join();
  EXPECT_TRUE(passed);
}

TEST_F(DiskSpool, ASourceThatIsStoppedWaitsNoLonger) {
  reader_limits limits;
  limits.when_full = when_full::block;
  limits.max_samples = 10;
  auto spool = open(commit_rule::mode::window, limits);
  ASSERT_TRUE(spool.in->push(make_batch(0, 10), {}, {}));
  std::stop_source giving_up;
  std::thread source{[&] { EXPECT_FALSE(spool.in->push(make_batch(10, 10), {}, giving_up.get_token())); }};
  giving_up.request_stop();
  source.join();
  EXPECT_EQ(spool.out->ledger().accepted, 10u);
}

TEST_F(DiskSpool, AnOfferWaitsForNothing) {
  reader_limits limits;
  limits.when_full = when_full::block;
  limits.max_samples = 10;
  auto spool = open(commit_rule::mode::always, limits);
  EXPECT_TRUE(spool.in->offer(make_batch(0, 10)));
  EXPECT_FALSE(spool.in->offer(make_batch(10, 1))) << "there is no room";
  EXPECT_EQ(spool.out->ledger().accepted, 10u) << "and nothing was taken";
  EXPECT_EQ(take(spool, 10), counted(0, 10));
}

TEST_F(DiskSpool, ReadsInTwoLanes) {
  auto spool = open(commit_rule::mode::always);
  std::stop_source never;
  const auto push = [&](std::uint64_t first) {
    ASSERT_TRUE(spool.in->push(make_batch(first, 5), {}, never.get_token()));
  };
  push(0);
  EXPECT_EQ(spool.out->live_from(), UINT64_MAX);
  ASSERT_TRUE(spool.out->split());
  EXPECT_EQ(spool.out->live_from(), 5u);
  EXPECT_FALSE(spool.out->has_more(lane::live));
  push(5);
  record each;
  ASSERT_TRUE(spool.out->read(each, lane::live));
  EXPECT_EQ(each.number, 5u);
  EXPECT_FALSE(spool.out->join());
  ASSERT_TRUE(spool.out->read(each, lane::main));
  EXPECT_EQ(each.number, 0u);
  EXPECT_FALSE(spool.out->read(each, lane::main));
  EXPECT_TRUE(spool.out->join());
  push(10);
  ASSERT_TRUE(spool.out->read(each, lane::main));
  EXPECT_EQ(each.number, 10u);
}

TEST_F(DiskSpool, FlushCommitsAtOnce) {
  auto spool = open(commit_rule::mode::window);
  ASSERT_TRUE(spool.in->push(make_batch(0, 5), {}, {}));
  EXPECT_TRUE(spool.it->flush(clock_.now_monotonic() + 60'000'000'000));
  record each;
  EXPECT_TRUE(spool.out->read(each));
}

TEST_F(DiskSpool, ManySourcesAndReadersAtOnce) {
  auto it = spool::open(*folder_, {}, clock_, log_);
  constexpr std::size_t sources = 3;
  constexpr std::uint64_t batches = 200;
  auto& in = it->add_stream("telemetry", {});
  std::vector<std::unique_ptr<mailbox>> boxes;
  std::vector<reader*> readers;
  for (const auto* name : {"one", "two", "three"}) {
    boxes.push_back(std::make_unique<mailbox>());
    readers.push_back(&it->add_reader(in, name, {}, [box = boxes.back().get()] { box->tell(); }));
  }
  it->start();
  std::vector<std::thread> threads;
  for (std::size_t source = 0; source < sources; ++source)
    threads.emplace_back([&] {
      for (std::uint64_t each = 0; each < batches; ++each) in.push(make_batch(each, 4), {}, {});
    });
  for (std::size_t which = 0; which < readers.size(); ++which)
    threads.emplace_back([&, which] {
      std::uint64_t left = sources * batches * 4;
      while (left != 0) {
        record each;
        if (!readers[which]->read(each)) {
          ASSERT_TRUE(boxes[which]->wait());
          continue;
        }
        readers[which]->deliver(each.number + each.first, each.count);
        left -= each.count;
      }
    });
  for (auto& each : threads) each.join();
  for (auto* each : readers) EXPECT_EQ(each->ledger().delivered, sources * batches * 4);
  it->stop();
}

TEST_F(DiskSpool, TellsOfWhatWaitsForNobody) {
  {
    auto spool = open(commit_rule::mode::window);
    ASSERT_TRUE(spool.in->push(make_batch(0, 7), {}, {}));
    spool.it->stop();
  }
  auto it = spool::open(*folder_, {}, clock_, log_);
  it->add_reader(it->add_stream("telemetry", {}), "renamed", {}, {});
  it->start();
  EXPECT_TRUE(log_.has("7 samples wait for telemetry -> archive, which is not configured any more"));
}

// ---- the lock --------------------------------------------------------------------------------------

TEST_F(DiskSpool, IsHeldByOneProcessAlone) {
  std::string problem;
  const auto mine = lock::acquire(path_ / "spool", problem);
  ASSERT_TRUE(mine) << problem;
  EXPECT_FALSE(lock::acquire(path_ / "spool", problem));
  EXPECT_NE(problem.find("is in use by process " + std::to_string(::getpid())), std::string::npos) << problem;
  EXPECT_NE(lock::holder(path_ / "spool").find(std::to_string(::getpid())), std::string::npos);
}

TEST_F(DiskSpool, IsFreeAtOnceWhenItsHolderIsKilled) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const auto child = ::fork();
  if (child == 0) {
    std::string problem;
    const auto held = lock::acquire(path_ / "spool", problem);
    static_cast<void>(::write(ready[1], held ? "y" : "n", 1) == 1);
    ::pause();
    ::_exit(0);
  }
  char answer = 0;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  ASSERT_EQ(answer, 'y');
  std::string problem;
  EXPECT_FALSE(lock::acquire(path_ / "spool", problem));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(lock::acquire(path_ / "spool", problem)) << problem;
}

TEST_F(DiskSpool, SeveralSourcesThatWaitAllGoOnHoweverLittleIsFreedAtATime) {
  reader_limits limits;
  limits.when_full = when_full::block;
  limits.max_samples = 100;
  auto spool = open(commit_rule::mode::always, limits);
  ASSERT_TRUE(spool.in->push(make_batch(0, 100), {}, {}));
  std::vector<std::future<bool>> waiting;
  for (int each = 0; each < 3; ++each)
    waiting.push_back(
        std::async(std::launch::async, [&] { return spool.in->push(make_batch(100, 60), {}, {}); }));
  // One sample after the other: most make no room for a batch.
  std::uint64_t next = 0;
  const auto end = std::chrono::steady_clock::now() + seconds{60};
  const auto done = [&] {
    return std::all_of(waiting.begin(), waiting.end(),
                       [](auto& each) { return each.wait_for(seconds{0}) == std::future_status::ready; });
  };
  while (!done() && std::chrono::steady_clock::now() < end) {
    record each;
    while (spool.out->read(each)) continue;
    if (next < 280) spool.out->deliver(next++, 1);
    std::this_thread::yield();
  }
  EXPECT_TRUE(done());
  spool.it->stop();
}

TEST_F(DiskSpool, WritesWhatWasDeliveredAlsoIfNothingElseComes) {
  auto spool = open(commit_rule::mode::always);
  ASSERT_TRUE(spool.in->push(make_batch(0, 10), {}, {}));
  ASSERT_EQ(take(spool, 10).size(), 10u);
  const auto commits = spool.it->now().commits;
  const auto end = std::chrono::steady_clock::now() + seconds{60};
  while (spool.it->now().commits == commits && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(milliseconds{50});
  EXPECT_GT(spool.it->now().commits, commits);
}

// ---- the end ---------------------------------------------------------------------------------------

TEST_F(DiskSpool, EndsThoughItsDiskRefusesAndSaysWhatIsLost) {
  simulated_folder refusing;
  refusing.fail(simulated_folder::call::create, std::errc::io_error, 0, 1'000'000);
  commit_rule hourly;
  hourly.window = std::chrono::hours{1};
  auto it = spool::open(refusing, {}, clock_, log_);
  auto& in = it->add_stream("telemetry", hourly);
  it->add_reader(in, "archive", {}, {});
  it->start();
  EXPECT_TRUE(in.offer(make_batch(0, 7)));
  it->stop();
  EXPECT_TRUE(
      log_.has("spool: samples that were not accepted yet are lost, because they cannot be written: "
               "cannot make room for more: Input/output error"));
}

TEST_F(DiskSpool, WritesAllThatWasPushedBeforeItEnds) {
  {
    commit_rule hourly;
    hourly.window = std::chrono::hours{1};
    auto it = spool::open(*folder_, {}, clock_, log_);
    auto& in = it->add_stream("telemetry", hourly);
    it->add_reader(in, "archive", {}, {});
    it->start();
    for (std::uint64_t first = 0; first < 1000; first += 10) EXPECT_TRUE(in.offer(make_batch(first, 10)));
    it->stop();
  }
  auto again = open(commit_rule::mode::window);
  EXPECT_EQ(take(again, 1000), counted(0, 1000));
  EXPECT_FALSE(log_.has("are lost"));
  again.it->stop();
}

}  // namespace
}  // namespace tidegate::spool
