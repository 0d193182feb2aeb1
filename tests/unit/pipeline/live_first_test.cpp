// A sink that delivers what comes now before what has piled up.
#include <algorithm>

#include "sink_fixture.hpp"

namespace tidegate::pipeline {
namespace {

struct LiveFirst : SpooledSinkTest {
  LiveFirst() {
    options.live_first = true;
    options.batch.max_samples = 5;
  }
  void spool_all(std::uint64_t first, std::uint64_t end) {
    for (; first < end; first += 5) spool_up(first, 5);
  }
  bool has_seen(std::uint64_t number) {
    const std::lock_guard lock{does.mutex};
    return std::find(does.seen.begin(), does.seen.end(), number) != does.seen.end();
  }
};

TEST_F(LiveFirst, WhatComesNowIsNotHeldBackByTheCatchUpRate) {
  does.on_write = [&](delivery given) {
    does.note(given);
    given.delivered();
  };
  options.catch_up_rate = 5;
  make();
  spool_all(0, 500);
  runner->start();
  ASSERT_TRUE(eventually([&] { return has_seen(0); }));
  spool_all(500, 600);
  ASSERT_TRUE(eventually([&] { return has_seen(599); }));
  EXPECT_GT(reader->ledger().waiting, 300u) << "the backlog follows at its rate";
  finish();
  EXPECT_GT(reader->ledger().waiting, 300u) << "and is left in the spool at the end";
  std::sort(does.seen.begin(), does.seen.end());
  EXPECT_EQ(std::adjacent_find(does.seen.begin(), does.seen.end()), does.seen.end()) << "none twice";
}

TEST_F(LiveFirst, EveryFourthDeliveryIsOfTheBacklog) {
  bool is_first = true;
  does.on_write = [&](delivery given) {
    does.note(given);
    given.delivered();
    if (std::exchange(is_first, false)) spool_all(500, 1000);
  };
  make();
  spool_all(0, 500);
  runner->start();
  ASSERT_TRUE(eventually([&] { return reader->ledger().delivered == 1000; }));
  finish();
  std::vector<std::uint64_t> expected;
  const auto add = [&](std::uint64_t& first) {
    for (int count = 0; count < 5; ++count) expected.push_back(first++);
  };
  std::uint64_t old = 0;
  std::uint64_t live = 500;
  for (add(old); old < 500;) {
    for (int count = 0; count < 3 && live < 1000; ++count) add(live);
    add(old);
  }
  EXPECT_EQ(does.seen, expected);
}

TEST_F(LiveFirst, AfterTheBacklogThereIsOneOrderAgain) {
  does.on_write = [&](delivery given) {
    does.note(given);
    given.delivered();
  };
  make();
  spool_all(0, 100);
  runner->start();
  ASSERT_TRUE(eventually([&] { return reader->ledger().delivered == 100; }));
  spool_all(100, 500);
  ASSERT_TRUE(eventually([&] { return reader->ledger().delivered == 500; }));
  finish();
  EXPECT_EQ(reader->live_from(), UINT64_MAX);
  EXPECT_EQ(does.seen, up_to(500));
}

// Outages in between, answers in any order: all is delivered once.
TEST_F(LiveFirst, NothingIsLostOrDoubledThroughOutages) {
  std::atomic<int> writes{0};
  does.on_write = [&](delivery given) {
    if (++writes % 7 == 3) return given.retry("closed");
    does.note(given);
    given.delivered();
  };
  options.retry.max = 2ms;
  make();
  spool_all(0, 500);
  runner->start();
  for (std::uint64_t first = 500; first < 2000; first += 5) {
    spool_up(first, 5);
    std::this_thread::sleep_for(100us);
  }
  ASSERT_TRUE(eventually([&] { return reader->ledger().waiting == 0; }));
  finish();
  std::sort(does.seen.begin(), does.seen.end());
  EXPECT_EQ(does.seen, up_to(2000));
}

struct LiveFirstInMemory : SinkRunnerTest {};

TEST_F(LiveFirstInMemory, OvertakesToo) {
  std::atomic<bool> open{false};
  does.on_write = [&](delivery given) {
    if (!open) return given.retry("closed");
    does.note(given);
    given.delivered();
  };
  options.live_first = true;
  options.catch_up_rate = 100;
  options.batch.max_samples = 100;
  begin();
  push(0, 2000);
  ASSERT_TRUE(eventually([&] { return log.has("backing off"); }));
  open = true;
  ASSERT_TRUE(eventually([&] { return way->ledger().delivered != 0; }));
  push(2000, 10);
  ASSERT_TRUE(eventually([&] {
    const std::lock_guard lock{does.mutex};
    return !does.seen.empty() && does.seen.back() == 2009;
  }));
  EXPECT_GT(way->ledger().waiting, 1000u);
  end();
  std::sort(does.seen.begin(), does.seen.end());
  EXPECT_EQ(does.seen, up_to(2010));
}

}  // namespace
}  // namespace tidegate::pipeline
