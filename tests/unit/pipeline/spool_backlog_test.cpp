#include "pipeline/spool_backlog.hpp"

#include <gtest/gtest.h>

#include <random>

#include "fake_spool.hpp"
#include "part_numbers.hpp"
#include "unit/batch/made_batch.hpp"

namespace tidegate::pipeline {
namespace {

struct handed_clock final : observe::clock {
  std::int64_t now_utc() const override { return now; }
  std::int64_t now_monotonic() const override { return now; }
  std::int64_t now = 1000;
};

struct SpoolBacklog : testing::Test {
  handed_clock clock;
  spool::fake_spool disk;
  spool::stream& stream = disk.add_stream("line", {});
  spool::fake_reader& reader = static_cast<spool::fake_reader&>(disk.add_reader(stream, "out", {}, {}));
  spool_backlog waiting{reader, clock};
  std::uint64_t next = 0;

  void push(std::uint32_t count) {
    stream.push(make_batch(next, count), {}, {});
    next += count;
  }
  std::vector<part> take(std::uint32_t samples) {
    std::vector<part> parts;
    waiting.fetch(at_most(samples));
    waiting.take(at_most(samples), parts);
    return parts;
  }
};

TEST_F(SpoolBacklog, RegroupsBatchesByReference) {
  for (int count = 0; count < 5; ++count) push(4);
  const auto parts = take(10);
  EXPECT_EQ(numbers(parts), range(0, 10));
  const auto& pushed = disk.streams[0]->pushed;
  ASSERT_EQ(parts.size(), 3u);
  for (std::size_t index = 0; index < 3; ++index)
    EXPECT_EQ(parts[index].batch.block(), pushed[index].batch.block());
  EXPECT_EQ(numbers(take(100)), range(10, 20)) << "the rest of a batch that was divided comes first";
}

TEST_F(SpoolBacklog, ReadsNoMoreThanOneDeliveryNeeds) {
  for (int count = 0; count < 100; ++count) push(4);
  auto parts = take(10);
  EXPECT_EQ(reader.reads, 3);
  waiting.put_back(parts);
  waiting.fetch(at_most(10));
  EXPECT_EQ(reader.reads, 3) << "what came back is enough";
  EXPECT_TRUE(waiting.has_more());
}

TEST_F(SpoolBacklog, ABatchLimitInBytesBoundsWhatIsRead) {
  for (int count = 0; count < 100; ++count) push(4);
  config::batch_limits wanted;
  wanted.max_bytes = make_batch(0, 4).view().bytes() * 2;
  waiting.fetch(wanted);
  EXPECT_EQ(reader.reads, 2);
}

TEST_F(SpoolBacklog, IsReadyWhenFullOrWhenItsOldestWasSeenLongAgo) {
  auto wanted = at_most(8);
  wanted.max_wait = std::chrono::nanoseconds{500};
  EXPECT_EQ(waiting.ready_at(wanted), INT64_MAX);
  push(4);
  EXPECT_EQ(waiting.ready_at(wanted), 0) << "there is something to read";
  clock.now = 2000;
  waiting.fetch(wanted);
  EXPECT_EQ(waiting.ready_at(wanted), 2500);
  push(4);
  waiting.fetch(wanted);
  EXPECT_EQ(waiting.ready_at(wanted), 0);
}

TEST_F(SpoolBacklog, WhatIsNotAcceptedYetIsNotHandedOut) {
  disk.commits_at_once = false;
  push(4);
  EXPECT_FALSE(waiting.has_more());
  EXPECT_TRUE(take(10).empty());
  EXPECT_EQ(waiting.ledger().waiting, 4u);
  disk.accept();
  EXPECT_EQ(numbers(take(10)), range(0, 4));
}

TEST_F(SpoolBacklog, SettlesByNumberAndInRuns) {
  for (int count = 0; count < 4; ++count) push(5);
  auto parts = take(20);
  const std::vector<std::uint32_t> bad{7};
  auto rejected = take_out(parts, bad);
  waiting.deliver(parts);
  EXPECT_EQ(reader.calls, 2);
  waiting.discard(rejected, discard_reason::rejected);
  EXPECT_EQ(reader.settled_numbers().size(), 20u);
  EXPECT_EQ(waiting.ledger().delivered, 19u);
  EXPECT_EQ(waiting.ledger().discarded(discard_reason::rejected), 1u);
}

TEST_F(SpoolBacklog, WhatALimitDiscardsWhileItIsHandedOutCountsOnce) {
  for (int count = 0; count < 4; ++count) push(5);
  auto in_flight = take(5);
  auto returned = take(5);
  waiting.put_back(returned);
  reader.drop_before(8);
  waiting.deliver(in_flight);
  auto again = take(20);
  EXPECT_EQ(numbers(again), range(5, 10)) << "it was in memory, and may be delivered all the same";
  waiting.deliver(again);
  EXPECT_EQ(waiting.ledger().discarded(discard_reason::full), 8u);
  EXPECT_EQ(waiting.ledger().delivered, 2u);
  EXPECT_TRUE(waiting.ledger().balanced());
}

// Random operations: order is kept, nothing is handed out twice at a time, and all of it is settled in the
// end.
TEST_F(SpoolBacklog, HandsOutEverythingInOrderThroughRandomOperations) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    SpoolBacklog::next = 0;
    std::mt19937 random{seed};
    spool::fake_spool here;
    auto& line = here.add_stream("line", {});
    auto& from = static_cast<spool::fake_reader&>(here.add_reader(line, "out", {}, {}));
    spool_backlog all{from, clock};
    std::vector<std::vector<part>> in_flight;
    std::uint64_t pushed = 0;
    for (int step = 0; step < 300; ++step) {
      const auto choice = random() % 4;
      if (choice == 0) {
        const auto count = static_cast<std::uint32_t>(1 + random() % 20);
        line.push(make_batch(pushed, count), {}, {});
        pushed += count;
      } else if (choice == 1) {
        const auto wanted = at_most(1 + random() % 30);
        std::vector<part> parts;
        all.fetch(wanted);
        all.take(wanted, parts);
        const auto held = numbers(parts);
        for (std::size_t index = 1; index < held.size(); ++index) ASSERT_LT(held[index - 1], held[index]);
        if (!parts.empty()) in_flight.push_back(std::move(parts));
      } else if (!in_flight.empty()) {
        std::swap(in_flight[random() % in_flight.size()], in_flight.back());
        choice == 2 ? all.deliver(in_flight.back()) : all.put_back(in_flight.back());
        in_flight.pop_back();
      }
      ASSERT_TRUE(all.ledger().balanced());
    }
    for (auto& parts : in_flight) all.put_back(parts);
    while (all.has_more()) {
      std::vector<part> parts;
      all.fetch(at_most(7));
      all.take(at_most(7), parts);
      all.deliver(parts);
    }
    ASSERT_EQ(all.ledger().delivered, pushed);
    ASSERT_EQ(all.ledger().waiting, 0u);
  }
}

}  // namespace
}  // namespace tidegate::pipeline
