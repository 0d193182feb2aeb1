// A sink whose route lies in the spool.
#include "sink_fixture.hpp"

namespace tidegate::pipeline {
namespace {

TEST_F(SpooledSinkTest, DeliversWhatTheSpoolHoldsAndWhatComesLater) {
  does.on_write = [&](delivery given) {
    does.note(given);
    given.delivered();
  };
  make();
  spool_up(0, 10);
  runner->start();
  ASSERT_TRUE(eventually([&] { return reader->ledger().delivered == 10; }));
  spool_up(10, 10);
  ASSERT_TRUE(eventually([&] { return reader->ledger().delivered == 20; }));
  finish();
  EXPECT_EQ(does.seen, up_to(20));
  EXPECT_TRUE(runner->routes().front().is_kept);
}

TEST_F(SpooledSinkTest, NeitherAnAnswerNorAStatusWaitsForADisk) {
  std::mutex mutex;
  std::vector<delivery> held;
  does.on_write = [&](delivery given) {
    const std::lock_guard lock{mutex};
    held.push_back(std::move(given));
  };
  options.batch.max_samples = 5;
  make();
  std::atomic<bool> hangs{false};
  std::atomic<bool> is_reading{false};
  reader->on_read = [&] {
    if (reader->reads == 0) return;
    is_reading = true;
    while (hangs) std::this_thread::sleep_for(1ms);
  };
  hangs = true;
  spool_up(0, 5);
  runner->start();
  spool_up(5, 5);
  ASSERT_TRUE(eventually([&] {
    const std::lock_guard lock{mutex};
    return is_reading && held.size() == 1;
  }));
  std::atomic<bool> answered{false};
  std::thread other{[&] {
    EXPECT_EQ(runner->routes().front().ledger.waiting, 10u);
    held.front().delivered();
    EXPECT_EQ(runner->routes().front().ledger.waiting, 5u);
    answered = true;
  }};
  EXPECT_TRUE(eventually([&] { return answered.load(); }));
  hangs = false;
  other.join();
  ASSERT_TRUE(eventually([&] {
    const std::lock_guard lock{mutex};
    return held.size() == 2;
  }));
  held.back().delivered();
  finish();
}

TEST_F(SpooledSinkTest, RetriesInOrderAndWithNoMoreInMemoryThanItsWindow) {
  std::atomic<bool> open{false};
  does.on_write = [&](delivery given) {
    if (!open) return given.retry("closed");
    does.note(given);
    given.delivered();
  };
  options.batch.max_samples = 7;
  make();
  for (std::uint64_t first = 0; first < 500; first += 5) spool_up(first, 5);
  runner->start();
  ASSERT_TRUE(eventually([&] { return log.has("backing off"); }));
  EXPECT_LE(reader->reads, (4 + 1) * 7 / 5 + 1);
  open = true;
  ASSERT_TRUE(eventually([&] { return reader->ledger().delivered == 500; }));
  finish();
  EXPECT_EQ(does.seen, up_to(500));
}

TEST_F(SpooledSinkTest, WhatIsHeldBackIsNotHurriedOutAtTheEnd) {
  does.on_write = [&](delivery given) { given.delivered(); };
  options.catch_up_rate = 10;
  make();
  for (std::uint64_t first = 0; first < 500; first += 5) spool_up(first, 5);
  runner->start();
  ASSERT_TRUE(eventually([&] { return reader->ledger().delivered != 0; }));
  finish();
  EXPECT_GT(reader->ledger().waiting, 0u);
}

TEST_F(SpooledSinkTest, WhatIsUnansweredAtTheEndWaitsInTheSpool) {
  std::vector<delivery> held;
  does.on_write = [&](delivery given) { held.push_back(std::move(given)); };
  make();
  spool_up(0, 5);
  runner->start();
  ASSERT_TRUE(eventually([&] { return reader->reads == 1; }));
  runner->request_stop();
  ASSERT_TRUE(runner->worker().join_until(soon()));
  held.clear();
  EXPECT_EQ(reader->ledger().waiting, 5u);
}

}  // namespace
}  // namespace tidegate::pipeline
