// Backlogs that are split into two lanes: in memory and in the spool, as far as both do the same.
#include <gtest/gtest.h>

#include <random>

#include "fake_spool.hpp"
#include "part_numbers.hpp"
#include "pipeline/memory_backlog.hpp"
#include "pipeline/spool_backlog.hpp"
#include "unit/batch/made_batch.hpp"

namespace tidegate::pipeline {
namespace {

struct standing_clock final : observe::clock {
  std::int64_t now_utc() const override { return 1000; }
  std::int64_t now_monotonic() const override { return 1000; }
};

struct in_memory {
  memory_backlog waiting;
  explicit in_memory(const observe::clock& clock) : waiting{{}, clock, {}} {}
  void push(batch_ref batch) {
    std::stop_source never;
    waiting.push(batch, {}, never.get_token());
  }
};

struct in_spool {
  spool::fake_spool disk;
  spool::stream& stream = disk.add_stream("line", {});
  spool_backlog waiting;
  explicit in_spool(const observe::clock& clock) : waiting{disk.add_reader(stream, "out", {}, {}), clock} {}
  void push(batch_ref batch) { stream.push(std::move(batch), {}, {}); }
};

template <class Kind>
struct BacklogLanes : testing::Test {
  standing_clock clock;
  Kind made{clock};
  backlog& waiting = made.waiting;
  std::uint64_t next = 0;

  void push(std::uint32_t count) {
    made.push(make_batch(next, count));
    next += count;
  }
  std::vector<part> take(lane from, std::uint32_t samples = 100) {
    std::vector<part> parts;
    waiting.fetch(at_most(samples), from);
    waiting.take(at_most(samples), parts, from);
    return parts;
  }
};

using kinds = testing::Types<in_memory, in_spool>;
TYPED_TEST_SUITE(BacklogLanes, kinds);

TYPED_TEST(BacklogLanes, WhatComesAfterTheSplitOvertakesWhatHasPiledUp) {
  this->push(10);
  this->waiting.split();
  this->push(5);
  EXPECT_EQ(this->waiting.ready_at(at_most(1), lane::live), 0);
  EXPECT_EQ(numbers(this->take(lane::live)), range(10, 15));
  EXPECT_EQ(numbers(this->take(lane::main)), range(0, 10));
  EXPECT_EQ(this->waiting.ready_at(at_most(1), lane::live), INT64_MAX);
  EXPECT_TRUE(this->waiting.join());
  this->push(5);
  EXPECT_FALSE(this->waiting.has_more(lane::live));
  EXPECT_EQ(numbers(this->take(lane::main)), range(15, 20));
}

TYPED_TEST(BacklogLanes, WhatComesBackGoesToItsOwnLane) {
  this->push(10);
  auto before = this->take(lane::main, 4);
  this->waiting.split();
  this->push(10);
  auto old = this->take(lane::main, 4);
  auto fresh = this->take(lane::live, 4);
  this->waiting.put_back(fresh);
  this->waiting.put_back(old);
  this->waiting.put_back(before);
  EXPECT_EQ(numbers(this->take(lane::live, 4)), range(10, 14));
  EXPECT_EQ(numbers(this->take(lane::main, 8)), range(0, 8));
}

TYPED_TEST(BacklogLanes, AreJoinedOnlyWhenTheMainLaneHasNoMore) {
  this->push(10);
  this->waiting.split();
  this->push(10);
  EXPECT_FALSE(this->waiting.join());
  this->waiting.fetch(at_most(100));
  EXPECT_FALSE(this->waiting.join()) << "at hand, and not taken";
  auto old = this->take(lane::main);
  auto fresh = this->take(lane::live, 4);
  this->waiting.put_back(fresh);
  ASSERT_TRUE(this->waiting.join());
  this->waiting.put_back(old);
  EXPECT_EQ(numbers(this->take(lane::main, 10)), range(0, 10)) << "what comes back afterwards is first again";
  auto rest = numbers(this->take(lane::main, 4));
  const auto last = numbers(this->take(lane::main));
  rest.insert(rest.end(), last.begin(), last.end());
  EXPECT_EQ(rest, range(10, 20));
}

TYPED_TEST(BacklogLanes, AfterAnotherOutageWhatPiledUpInTheLiveLaneWaitsBehindWhatComesThen) {
  this->push(10);
  this->waiting.split();
  this->push(10);
  auto given = this->take(lane::live, 4);
  this->waiting.deliver(given);
  this->waiting.split();
  this->push(5);
  // In the spool what was read for the live lane is offered there first.
  auto fresh = numbers(this->take(lane::live));
  EXPECT_EQ(fresh.back() == 24 ? range(20, 25) : range(14, 20), fresh);
}

TYPED_TEST(BacklogLanes, HandOutEverythingOnceAndEachInItsOrderThroughRandomOperations) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random{seed};
    TypeParam one{this->clock};
    backlog& all = one.waiting;
    struct delivery {
      lane from;
      std::vector<part> parts;
    };
    std::vector<delivery> in_flight;
    std::set<std::uint64_t> handed_out;
    std::uint64_t pushed = 0;
    std::array<std::uint64_t, lane_count> first_new{};
    const auto take = [&](lane from) {
      std::vector<part> parts;
      const auto wanted = at_most(1 + random() % 30);
      all.fetch(wanted, from);
      all.take(wanted, parts, from);
      const bool is_new = !parts.empty() && parts.front().attempts == 0;
      for (const auto number : numbers(parts)) {
        ASSERT_TRUE(handed_out.insert(number).second) << number << " is handed out twice at a time";
        if (!is_new) continue;
        ASSERT_GE(number, first_new[index_of(from)]) << "out of the order of its lane";
        first_new[index_of(from)] = number + 1;
      }
      if (!parts.empty()) in_flight.push_back({from, std::move(parts)});
    };
    const auto end_one = [&](bool delivered) {
      std::swap(in_flight[random() % in_flight.size()], in_flight.back());
      auto& parts = in_flight.back().parts;
      if (!delivered)
        for (const auto number : numbers(parts)) handed_out.erase(number);
      delivered ? all.deliver(parts) : all.put_back(parts);
      in_flight.pop_back();
    };
    for (int step = 0; step < 400; ++step) {
      const auto choice = random() % 10;
      if (choice < 3) {
        const auto count = static_cast<std::uint32_t>(1 + random() % 20);
        one.push(make_batch(pushed, count));
        pushed += count;
      } else if (choice < 6) {
        ASSERT_NO_FATAL_FAILURE(take(random() % 2 == 0 ? lane::live : lane::main));
      } else if (choice == 6) {
        random() % 2 == 0 ? all.split() : static_cast<void>(all.join());
      } else if (!in_flight.empty()) {
        end_one(choice != 7);
      }
      ASSERT_TRUE(all.ledger().balanced());
    }
    while (all.has_more(lane::main) || all.has_more(lane::live) || !in_flight.empty()) {
      ASSERT_NO_FATAL_FAILURE(take(lane::live));
      ASSERT_NO_FATAL_FAILURE(take(lane::main));
      while (!in_flight.empty()) end_one(true);
    }
    ASSERT_TRUE(all.join());
    ASSERT_EQ(all.ledger().delivered, pushed);
    ASSERT_EQ(handed_out.size(), pushed);
  }
}

// Only a spool reads: in memory all is at hand.
TEST(SpoolLanes, NoMoreIsReadForALiveLaneThatIsToBeginAnew) {
  standing_clock clock;
  in_spool made{clock};
  auto& waiting = made.waiting;
  const auto take = [&](lane from) {
    std::vector<part> parts;
    waiting.fetch(at_most(4), from);
    waiting.take(at_most(4), parts, from);
    return parts;
  };
  made.push(make_batch(0, 4));
  waiting.split();
  made.push(make_batch(4, 4));
  auto given = take(lane::live);
  made.push(make_batch(8, 4));
  waiting.split();
  EXPECT_TRUE(take(lane::live).empty());
  EXPECT_EQ(waiting.ready_at(at_most(4), lane::live), INT64_MAX) << "or the sink would ask again and again";
  waiting.put_back(given);
  given = take(lane::live);
  EXPECT_EQ(numbers(given), range(4, 8));
  waiting.deliver(given);
  EXPECT_TRUE(take(lane::live).empty()) << "it begins now";
  made.push(make_batch(12, 4));
  EXPECT_EQ(numbers(take(lane::live)), range(12, 16));
  auto left = numbers(take(lane::main));
  const auto last = numbers(take(lane::main));
  left.insert(left.end(), last.begin(), last.end());
  EXPECT_EQ(left, (std::vector<std::uint64_t>{0, 1, 2, 3, 8, 9, 10, 11}));
}

// Or what an answer that never comes keeps closed would be closed for ever.
TEST(SpoolLanes, OneThatIsToBeginAnewDoesSoOnceTheMainLaneIsRead) {
  standing_clock clock;
  in_spool made{clock};
  auto& waiting = made.waiting;
  const auto take = [&](lane from) {
    std::vector<part> parts;
    waiting.fetch(at_most(4), from);
    waiting.take(at_most(4), parts, from);
    return parts;
  };
  made.push(make_batch(0, 4));
  waiting.split();
  made.push(make_batch(4, 4));
  auto given = take(lane::live);
  made.push(make_batch(8, 4));
  waiting.split();
  auto old = take(lane::main);
  EXPECT_FALSE(waiting.join()) << "what has piled up since is the main lane's now";
  made.push(make_batch(12, 4));
  EXPECT_EQ(numbers(take(lane::live)), range(12, 16));
  waiting.put_back(given);
  EXPECT_EQ(numbers(take(lane::main)), range(4, 8));
  EXPECT_EQ(numbers(take(lane::main)), range(8, 12));
  EXPECT_TRUE(waiting.join());
  EXPECT_FALSE(waiting.has_more(lane::live));
}

TEST(MemoryLanes, DropOldestTakesFromTheMainLaneFirst) {
  standing_clock clock;
  config::buffer limits;
  limits.max_samples = 8;
  memory_backlog waiting{limits, clock, {}};
  std::stop_source never;
  const auto push = [&](std::uint64_t first) { waiting.push(make_batch(first, 4), {}, never.get_token()); };
  push(0);
  waiting.split();
  push(4);
  push(8);
  std::vector<part> parts;
  waiting.take(at_most(100), parts, lane::main);
  EXPECT_TRUE(parts.empty());
  waiting.take(at_most(100), parts, lane::live);
  EXPECT_EQ(numbers(parts), range(4, 12));
  EXPECT_EQ(waiting.ledger().discarded(discard_reason::full), 4u);
}

}  // namespace
}  // namespace tidegate::pipeline
