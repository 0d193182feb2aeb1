#include "spool/cursor.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace tidegate::spool {
namespace {

TEST(Cursor, TheFloorIsNeverPastWhatIsNotSettled) {
  cursor of{10};
  EXPECT_EQ(of.deliver(12, 14), 2u);
  EXPECT_EQ(of.floor(), 10u);
  EXPECT_EQ(of.deliver(10, 11), 1u);
  EXPECT_EQ(of.floor(), 11u);
  EXPECT_EQ(of.deliver(11, 12), 1u);
  EXPECT_EQ(of.floor(), 14u);
}

TEST(Cursor, WhatIsSettledTwiceCountsOnce) {
  cursor of{0};
  EXPECT_EQ(of.deliver(0, 5), 5u);
  EXPECT_EQ(of.deliver(3, 8), 3u);
  EXPECT_EQ(of.discard(0, 10, discard_reason::age), 2u);
  const auto ledger = of.ledger(10);
  EXPECT_EQ(ledger.delivered, 8u);
  EXPECT_EQ(ledger.discarded(discard_reason::age), 2u);
  EXPECT_TRUE(ledger.balanced());
}

TEST(Cursor, ComesBackAsItWasStored) {
  cursor of{3};
  of.deliver(5, 7);
  of.discard(9, 12, discard_reason::full);
  reader_entry entry;
  of.store(entry);
  const cursor again{entry};
  EXPECT_EQ(again.ledger(20), of.ledger(20));
  EXPECT_EQ(again.unsettled_from(5), 7u);
  EXPECT_EQ(again.unsettled_until(7, 100), 9u);
}

// Against a set of numbers, with acknowledgements in any order, doubled, overlapping, of what is long gone;
// also where numbers are as large as they can be.
TEST(Cursor, IsASetOfNumbers) {
  for (const std::uint64_t start : {std::uint64_t{0}, std::uint64_t{1} << 32, UINT64_MAX - 300}) {
    std::mt19937_64 random{start + 1};
    for (int round = 0; round < 300; ++round) {
      cursor of{start};
      std::set<std::uint64_t> settled;
      std::uint64_t delivered = 0;
      for (int step = 0; step < 60; ++step) {
        const auto first = start + random() % 200;
        const auto end = first + random() % 20;
        std::uint64_t expected = 0;
        for (auto each = first; each < end; ++each) expected += settled.insert(each).second ? 1 : 0;
        const bool delivers = random() % 3 != 0;
        const auto got = delivers ? of.deliver(first, end) : of.discard(first, end, discard_reason::rejected);
        ASSERT_EQ(got, expected);
        delivered += delivers ? got : 0;
        auto floor = start;
        while (settled.count(floor) != 0) ++floor;
        ASSERT_EQ(of.floor(), floor);
        const auto from = start + random() % 220;
        auto unsettled = std::max(from, floor);
        while (settled.count(unsettled) != 0) ++unsettled;
        ASSERT_EQ(of.unsettled_from(from), unsettled);
        const auto ledger = of.ledger(start + 230);
        ASSERT_TRUE(ledger.balanced());
        ASSERT_EQ(ledger.delivered, delivered);
        ASSERT_EQ(ledger.waiting, 230 - settled.size());
      }
    }
  }
}

}  // namespace
}  // namespace tidegate::spool
