#include "pipeline/queue.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

#include "part_numbers.hpp"
#include "unit/batch/made_batch.hpp"

namespace tidegate::pipeline {
namespace {

config::buffer limited(std::uint64_t samples, config::when_full policy) {
  config::buffer limits;
  limits.max_samples = samples;
  limits.when_full = policy;
  return limits;
}

TEST(Queue, GivesOutInTheOrderOfArrivalAndUpToTheLimit) {
  queue waiting{config::buffer{}};
  waiting.push(make_batch(0, 4), {}, 0);
  waiting.push(make_batch(4, 4), {}, 0);
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
  waiting.push(make_batch(0, 6), {}, 0);
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
    waiting.deliver(parts);
  }
  EXPECT_EQ(seen, range(0, 6));
  EXPECT_EQ(waiting.ledger().delivered, 6u);
}

TEST(Queue, CountsAttemptsAndDoesNotMixFirstOnesWithLaterOnes) {
  queue waiting{config::buffer{}};
  waiting.push(make_batch(0, 2), {}, 0);
  std::vector<part> parts;
  waiting.take(at_most(10), 0, parts);
  waiting.put_back(parts);
  waiting.push(make_batch(2, 2), {}, 0);
  waiting.take(at_most(10), 0, parts);
  EXPECT_EQ(numbers(parts), range(0, 2));
  EXPECT_EQ(parts.front().attempts, 1u);
}

TEST(Queue, DropOldestKeepsTheNewest) {
  queue waiting{limited(4, config::when_full::drop_oldest)};
  for (std::uint64_t first = 0; first < 10; first += 2) waiting.push(make_batch(first, 2), {}, 0);
  std::vector<part> parts;
  waiting.take(at_most(10), 0, parts);
  EXPECT_EQ(numbers(parts), range(6, 10));
  EXPECT_EQ(waiting.ledger().discarded(discard_reason::full), 6u);
  EXPECT_TRUE(waiting.ledger().balanced());
}

TEST(Queue, SaysHowManyBytesItHasRoomFor) {
  const std::uint64_t one = make_batch(0, 2).view().bytes();
  config::buffer limits;
  limits.max_bytes = 3 * one;
  limits.max_samples = 5;
  queue waiting{limits};
  EXPECT_EQ(waiting.room(), 3 * one);
  waiting.push(make_batch(0, 2), {}, 0);
  EXPECT_EQ(waiting.room(), 3 * (one / 2)) << "three samples more may wait";
  waiting.push(make_batch(2, 2), {}, 0);
  EXPECT_EQ(waiting.room(), one / 2);
  waiting.push(make_batch(4, 1), {}, 0);
  EXPECT_EQ(waiting.room(), 0u) << "no more samples may wait, however small";
}

TEST(Queue, IsNotMadeRoomInByGivingUpWhatHasAClaim) {
  queue waiting{limited(6, config::when_full::drop_oldest)};
  const receipt claim = std::make_shared<int>();
  waiting.push(make_batch(0, 2), claim, 0);
  waiting.push(make_batch(2, 2), {}, 0);
  waiting.push(make_batch(4, 2), claim, 0);
  waiting.push(make_batch(6, 2), {}, 0);
  waiting.push(make_batch(8, 2), {}, 0);
  EXPECT_EQ(waiting.ledger().discarded(discard_reason::full), 4u);
  std::vector<part> parts;
  waiting.take(at_most(10), 0, parts);
  EXPECT_EQ(numbers(parts), (std::vector<std::uint64_t>{0, 1, 4, 5, 8, 9}));
  waiting.deliver(parts);
  EXPECT_EQ(waiting.room(), config::buffer{}.max_bytes);
}

TEST(Queue, DiscardsWhatComesWhereAllThatWaitsHasAClaim) {
  for (const auto policy : {config::when_full::drop_oldest, config::when_full::thin_out}) {
    queue waiting{limited(4, policy)};
    waiting.split();
    waiting.push(make_batch(0, 4), std::make_shared<int>(), 0);
    waiting.push(make_batch(4, 2), {}, 0);
    EXPECT_EQ(waiting.ledger().discarded(discard_reason::full), 2u);
    EXPECT_EQ(waiting.ledger().waiting, 4u);
    EXPECT_TRUE(waiting.ledger().balanced());
  }
}

TEST(Queue, DoesNotThinOutWhatHasAClaim) {
  queue waiting{limited(200, config::when_full::thin_out)};
  for (std::uint64_t number = 0; waiting.has_room(make_batch(number, 1)); ++number)
    waiting.push(make_batch(number, 1), std::make_shared<int>(), 0);
  EXPECT_EQ(waiting.ledger().waiting, 200u);
  EXPECT_EQ(waiting.ledger().discarded(), 0u);
}

TEST(Queue, DropOldestLeavesAloneWhatIsBeingDelivered) {
  queue waiting{limited(4, config::when_full::drop_oldest)};
  waiting.push(make_batch(0, 4), {}, 0);
  std::vector<part> in_flight;
  waiting.take(at_most(4), 0, in_flight);
  waiting.push(make_batch(4, 2), {}, 0);
  EXPECT_EQ(waiting.ledger().discarded(discard_reason::full), 2u) << "nothing else can make room";
  waiting.deliver(in_flight);
  EXPECT_EQ(waiting.ledger().delivered, 4u);
}

TEST(Queue, DropNewestKeepsTheOldest) {
  queue waiting{limited(4, config::when_full::drop_newest)};
  for (std::uint64_t first = 0; first < 10; first += 2) waiting.push(make_batch(first, 2), {}, 0);
  std::vector<part> parts;
  waiting.take(at_most(10), 0, parts);
  EXPECT_EQ(numbers(parts), range(0, 4));
  EXPECT_EQ(waiting.ledger().discarded(discard_reason::full), 6u);
}

// An outage that lasts twenty times as long as the queue: what is left is of all of it.
TEST(Queue, ThinOutCoversAnOutageFromItsBeginningToItsEnd) {
  queue waiting{limited(200, config::when_full::thin_out)};
  for (std::uint64_t number = 0; number < 4000; ++number) waiting.push(make_batch(number, 1), {}, 0);
  EXPECT_LE(waiting.ledger().waiting, 200u);
  EXPECT_GT(waiting.ledger().waiting, 150u);
  EXPECT_TRUE(waiting.ledger().balanced());
  std::vector<part> parts;
  waiting.take(at_most(1000), 0, parts);
  const auto left = numbers(parts);
  EXPECT_LT(left.front(), 200u);
  std::uint64_t widest = 4000 - left.back();
  for (std::size_t index = 1; index < left.size(); ++index)
    widest = std::max(widest, left[index] - left[index - 1]);
  EXPECT_LT(widest, 400u);
}

TEST(Queue, ThinOutDropsTheOldestWhenItIsFullAllTheSame) {
  queue waiting{limited(16, config::when_full::thin_out)};
  for (std::uint64_t number = 0; number < 100'000; ++number) waiting.push(make_batch(number, 1), {}, 0);
  std::vector<part> parts;
  waiting.take(at_most(1000), 0, parts);
  const auto left = numbers(parts);
  EXPECT_GT(left.front(), 16u);
  EXPECT_GT(left.back(), 99'000u);
  EXPECT_LE(left.size(), 16u);
}

TEST(Queue, BlockHasNoRoomAboveItsLimitButTakesOneTooLargeBatchWhenEmpty) {
  queue waiting{limited(4, config::when_full::block)};
  EXPECT_TRUE(waiting.has_room(make_batch(0, 9)));
  waiting.push(make_batch(0, 9), {}, 0);
  EXPECT_FALSE(waiting.has_room(make_batch(9, 1)));
  EXPECT_EQ(waiting.ledger().discarded(), 0u);
}

TEST(Queue, IsLimitedInBytes) {
  config::buffer limits;
  limits.max_bytes = make_batch(0, 10).view().bytes() * 2;
  queue waiting{limits};
  for (int count = 0; count < 5; ++count) waiting.push(make_batch(0, 10), {}, 0);
  EXPECT_EQ(waiting.ledger().waiting, 20u);
  EXPECT_EQ(waiting.ledger().discarded(discard_reason::full), 30u);
}

TEST(Queue, DiscardsWhatIsTooOld) {
  config::buffer limits;
  limits.max_age = std::chrono::nanoseconds{100};
  queue waiting{limits};
  waiting.push(make_batch(0, 3), {}, 0);
  waiting.push(make_batch(3, 3), {}, 90);
  std::vector<part> parts;
  waiting.take(at_most(10), 120, parts);
  EXPECT_EQ(numbers(parts), range(3, 6));
  EXPECT_EQ(waiting.ledger().discarded(discard_reason::age), 3u);
}

TEST(Queue, IsReadyWhenALimitIsReachedOrTheOldestHasWaited) {
  queue waiting{config::buffer{}};
  config::batch_limits wanted = at_most(5);
  wanted.max_wait = std::chrono::nanoseconds{1000};
  EXPECT_EQ(waiting.ready_at(wanted), INT64_MAX);
  waiting.push(make_batch(0, 3), {}, 50);
  EXPECT_EQ(waiting.ready_at(wanted), 1050);
  waiting.push(make_batch(3, 3), {}, 60);
  EXPECT_LE(waiting.ready_at(wanted), 60);
}

TEST(Queue, AByteLimitSplitsABatchButAlwaysGivesASample) {
  queue waiting{config::buffer{}};
  waiting.push(make_batch(0, 100), {}, 0);
  config::batch_limits wanted;
  wanted.max_bytes = 1;
  std::vector<part> parts;
  waiting.take(wanted, 0, parts);
  EXPECT_EQ(numbers(parts), range(0, 1));
}

TEST(Queue, KeepsAClaimUntilTheLastPartOfItsBatchHasFoundItsEnd) {
  queue waiting{config::buffer{}};
  receipt claim = std::make_shared<int>();
  const std::weak_ptr<const void> held = claim;
  waiting.push(make_batch(0, 4), claim, 0);
  claim.reset();
  std::vector<part> first;
  std::vector<part> second;
  waiting.take(at_most(2), 0, first);
  waiting.take(at_most(2), 0, second);
  waiting.deliver(second);
  waiting.put_back(first);
  (void)waiting.take_released();
  EXPECT_FALSE(held.expired());
  waiting.take(at_most(2), 0, first);
  waiting.discard(first, discard_reason::rejected);
  EXPECT_FALSE(held.expired()) << "let go by whoever owns the queue, when no lock is held";
  (void)waiting.take_released();
  EXPECT_TRUE(held.expired());
}

TEST(Queue, LetsGoTheClaimsOfWhatItDiscards) {
  auto limits = limited(4, config::when_full::drop_oldest);
  limits.max_age = std::chrono::nanoseconds{100};
  queue waiting{limits};
  std::vector<std::weak_ptr<const void>> held;
  for (std::uint64_t first = 0; first < 12; first += 4) {
    const receipt claim = std::make_shared<int>();
    held.push_back(claim);
    waiting.push(make_batch(first, 4), claim, first == 8 ? 200 : 0);
  }
  (void)waiting.take_released();
  EXPECT_EQ(
      waiting.ledger().discarded(discard_reason::age) + waiting.ledger().discarded(discard_reason::full), 8u);
  EXPECT_TRUE(held[0].expired());
  EXPECT_TRUE(held[1].expired());
  EXPECT_FALSE(held[2].expired());
}

// Random operations: the ledger balances at every moment, order is kept, nothing is given out twice.
TEST(Queue, LedgerBalancesThroughRandomOperations) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random{seed};
    const auto policy = static_cast<config::when_full>(random() % 4);
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
          waiting.push(batch, {}, step);
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
          waiting.deliver(in_flight.back());
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
      waiting.deliver(parts);
    }
    ASSERT_EQ(waiting.ledger().waiting, 0u);
  }
}

TEST(Queue, ABatchWithoutSamplesIsNothing) {
  queue waiting{limited(10, config::when_full::drop_oldest)};
  waiting.push(make_batch(0, 10), {}, 0);
  waiting.push(make_batch(0, 0), {}, 0);
  EXPECT_EQ(waiting.ledger().accepted, 10u);
  EXPECT_EQ(waiting.ledger().waiting, 10u);
  std::vector<part> parts;
  waiting.take(at_most(100), 0, parts);
  EXPECT_EQ(numbers(parts), range(0, 10));
  waiting.take_one(0, parts);
  EXPECT_EQ(parts.size(), 1u) << "there was no second one";
}

TEST(Queue, ThinsOutByBytesWhereOnlyTheyAreLimited) {
  config::buffer limits;
  limits.when_full = config::when_full::thin_out;
  limits.max_bytes = 100 * make_batch(0, 1).view().bytes();
  queue waiting{limits};
  for (std::uint64_t number = 0; number < 1000; ++number) waiting.push(make_batch(number, 1), {}, 0);
  std::vector<part> parts;
  waiting.take(at_most(1000), 0, parts);
  const auto kept = numbers(parts);
  EXPECT_LE(kept.size(), 100u);
  EXPECT_LT(kept.front(), 10u);
  EXPECT_GT(kept.back(), 300u);
  EXPECT_EQ(waiting.ledger().discarded(discard_reason::full), 1000 - kept.size());
}

}  // namespace
}  // namespace tidegate::pipeline
