#include "pipeline/queue.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "made_batch.hpp"

namespace tidegate::pipeline {
namespace {

config::buffer limited(std::uint64_t samples, config::when_full policy) {
  config::buffer limits;
  limits.max_samples = samples;
  limits.when_full = policy;
  return limits;
}

config::batch_limits at_most(std::uint32_t samples) {
  config::batch_limits limits;
  limits.max_samples = samples;
  return limits;
}

std::vector<std::uint64_t> numbers(const std::vector<part>& parts) {
  std::vector<std::uint64_t> all;
  for (const auto& part : parts)
    for (std::uint32_t index = 0; index < part.count; ++index)
      all.push_back(part.batch.view()[part.first + index].value(0).as_u64());
  return all;
}

std::vector<std::uint64_t> range(std::uint64_t first, std::uint64_t end) {
  std::vector<std::uint64_t> all;
  for (; first < end; ++first) all.push_back(first);
  return all;
}

TEST(Queue, GivesOutInTheOrderOfArrivalAndUpToTheLimit) {
  queue waiting{config::buffer{}};
  waiting.push(make_batch(0, 4), 0);
  waiting.push(make_batch(4, 4), 0);
  std::vector<part> parts;
  waiting.take(at_most(6), 0, parts);
  EXPECT_EQ(numbers(parts), range(0, 6));
  std::vector<part> rest;
  waiting.take(at_most(6), 0, rest);
  EXPECT_EQ(numbers(rest), range(6, 8));
  EXPECT_EQ(waiting.ledger().waiting, 8u);
}

TEST(Queue, WhatComesBackIsTakenAgainInItsOldPlace) {
  queue waiting{config::buffer{}};
  waiting.push(make_batch(0, 6), 0);
  std::vector<part> first;
  std::vector<part> second;
  waiting.take(at_most(2), 0, first);
  waiting.take(at_most(2), 0, second);
  waiting.put_back(second);
  waiting.put_back(first);
  std::vector<std::uint64_t> seen;
  while (!waiting.nothing_to_take()) {
    std::vector<part> parts;
    waiting.take(at_most(10), 0, parts);
    for (const auto number : numbers(parts)) seen.push_back(number);
    waiting.settle(parts, 0);
  }
  EXPECT_EQ(seen, range(0, 6));
  EXPECT_EQ(waiting.ledger().delivered, 6u);
}

TEST(Queue, CountsAttemptsAndDoesNotMixFirstOnesWithLaterOnes) {
  queue waiting{config::buffer{}};
  waiting.push(make_batch(0, 2), 0);
  std::vector<part> parts;
  waiting.take(at_most(10), 0, parts);
  waiting.put_back(parts);
  waiting.push(make_batch(2, 2), 0);
  waiting.take(at_most(10), 0, parts);
  EXPECT_EQ(numbers(parts), range(0, 2));
  EXPECT_EQ(parts.front().attempts, 1u);
}

TEST(Queue, DropOldestKeepsTheNewest) {
  queue waiting{limited(4, config::when_full::drop_oldest)};
  for (std::uint64_t first = 0; first < 10; first += 2) waiting.push(make_batch(first, 2), 0);
  std::vector<part> parts;
  waiting.take(at_most(10), 0, parts);
  EXPECT_EQ(numbers(parts), range(6, 10));
  EXPECT_EQ(waiting.ledger().discarded_full, 6u);
  EXPECT_TRUE(waiting.ledger().balanced());
}

TEST(Queue, DropOldestLeavesAloneWhatIsBeingDelivered) {
  queue waiting{limited(4, config::when_full::drop_oldest)};
  waiting.push(make_batch(0, 4), 0);
  std::vector<part> in_flight;
  waiting.take(at_most(4), 0, in_flight);
  waiting.push(make_batch(4, 2), 0);
  EXPECT_EQ(waiting.ledger().discarded_full, 2u) << "nothing else can make room";
  waiting.settle(in_flight, 0);
  EXPECT_EQ(waiting.ledger().delivered, 4u);
}

TEST(Queue, DropNewestKeepsTheOldest) {
  queue waiting{limited(4, config::when_full::drop_newest)};
  for (std::uint64_t first = 0; first < 10; first += 2) waiting.push(make_batch(first, 2), 0);
  std::vector<part> parts;
  waiting.take(at_most(10), 0, parts);
  EXPECT_EQ(numbers(parts), range(0, 4));
  EXPECT_EQ(waiting.ledger().discarded_full, 6u);
}

TEST(Queue, BlockHasNoRoomAboveItsLimitButTakesOneTooLargeBatchWhenEmpty) {
  queue waiting{limited(4, config::when_full::block)};
  EXPECT_TRUE(waiting.has_room(make_batch(0, 9)));
  waiting.push(make_batch(0, 9), 0);
  EXPECT_FALSE(waiting.has_room(make_batch(9, 1)));
  EXPECT_EQ(waiting.ledger().discarded(), 0u);
}

TEST(Queue, IsLimitedInBytes) {
  config::buffer limits;
  limits.max_bytes = make_batch(0, 10).view().bytes() * 2;
  queue waiting{limits};
  for (int count = 0; count < 5; ++count) waiting.push(make_batch(0, 10), 0);
  EXPECT_EQ(waiting.ledger().waiting, 20u);
  EXPECT_EQ(waiting.ledger().discarded_full, 30u);
}

TEST(Queue, DiscardsWhatIsTooOld) {
  config::buffer limits;
  limits.max_age = std::chrono::nanoseconds{100};
  queue waiting{limits};
  waiting.push(make_batch(0, 3), 0);
  waiting.push(make_batch(3, 3), 90);
  std::vector<part> parts;
  waiting.take(at_most(10), 120, parts);
  EXPECT_EQ(numbers(parts), range(3, 6));
  EXPECT_EQ(waiting.ledger().discarded_age, 3u);
}

TEST(Queue, IsReadyWhenALimitIsReachedOrTheOldestHasWaited) {
  queue waiting{config::buffer{}};
  config::batch_limits wanted = at_most(5);
  wanted.max_wait = std::chrono::nanoseconds{1000};
  EXPECT_EQ(waiting.ready_at(wanted), INT64_MAX);
  waiting.push(make_batch(0, 3), 50);
  EXPECT_EQ(waiting.ready_at(wanted), 1050);
  waiting.push(make_batch(3, 3), 60);
  EXPECT_LE(waiting.ready_at(wanted), 60);
}

TEST(Queue, AByteLimitSplitsABatchButAlwaysGivesASample) {
  queue waiting{config::buffer{}};
  waiting.push(make_batch(0, 100), 0);
  config::batch_limits wanted;
  wanted.max_bytes = 1;
  std::vector<part> parts;
  waiting.take(wanted, 0, parts);
  EXPECT_EQ(numbers(parts), range(0, 1));
}

// Random operations: the ledger balances at every moment, order is kept, nothing is given out twice.
TEST(Queue, LedgerBalancesThroughRandomOperations) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random{seed};
    const auto policy = static_cast<config::when_full>(random() % 3);
    queue waiting{limited(50, policy)};
    std::vector<std::vector<part>> in_flight;
    std::uint64_t next = 0;
    std::uint64_t seen = 0;
    for (int step = 0; step < 200; ++step) {
      const auto choice = random() % 4;
      if (choice == 0) {
        const auto count = 1 + random() % 20;
        const auto batch = make_batch(next, static_cast<std::uint32_t>(count));
        if (policy != config::when_full::block || waiting.has_room(batch)) {
          waiting.push(batch, step);
          next += count;
        }
      } else if (choice == 1) {
        std::vector<part> parts;
        waiting.take(at_most(1 + random() % 30), step, parts);
        const auto all = numbers(parts);
        for (std::size_t index = 1; index < all.size(); ++index) ASSERT_LT(all[index - 1], all[index]);
        if (!parts.empty()) in_flight.push_back(std::move(parts));
      } else if (!in_flight.empty()) {
        std::swap(in_flight[random() % in_flight.size()], in_flight.back());
        if (choice == 2) {
          seen += numbers(in_flight.back()).size();
          waiting.settle(in_flight.back(), 0);
        } else {
          waiting.put_back(in_flight.back());
        }
        in_flight.pop_back();
      }
      ASSERT_TRUE(waiting.ledger().balanced());
      ASSERT_EQ(waiting.ledger().accepted, next);
      ASSERT_EQ(waiting.ledger().delivered, seen);
    }
    for (auto& parts : in_flight) waiting.put_back(parts);
    std::uint64_t last = 0;
    bool first = true;
    while (!waiting.nothing_to_take()) {
      std::vector<part> parts;
      waiting.take(at_most(7), 1000, parts);
      for (const auto number : numbers(parts)) {
        ASSERT_TRUE(first || number > last) << "out of order or twice";
        first = false;
        last = number;
      }
      waiting.settle(parts, 0);
    }
    ASSERT_EQ(waiting.ledger().waiting, 0u);
  }
}

}  // namespace
}  // namespace tidegate::pipeline
