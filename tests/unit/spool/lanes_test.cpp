// A reader that reads in two lanes.
#include <gtest/gtest.h>

#include <algorithm>

#include "small_log.hpp"

namespace tidegate::spool {
namespace {

using values = std::vector<std::uint64_t>;

values range(std::uint64_t first, std::uint64_t end) {
  values all;
  for (; first < end; ++first) all.push_back(first);
  return all;
}

struct Lanes : testing::Test {
  simulated_folder files;
  small_log log{files};
  log::reader_state& reader() { return *log.readers[0]; }
  void push(std::uint32_t samples) {
    log.push(samples);
    log.commit();
  }
  // Read, and not settled.
  record take(lane from) {
    record made;
    EXPECT_TRUE(log.read(0, made, from));
    return made;
  }
  void deliver(const record& of) { log.spooled.deliver(reader(), of.number + of.first, of.count, log.now()); }
};

TEST_F(Lanes, TheLiveLaneHasWhatComesAfterTheSplitAndTheMainLaneTheRest) {
  push(4);
  push(4);
  const auto first = take(lane::main);
  ASSERT_TRUE(log.spooled.split(reader()));
  push(4);
  EXPECT_EQ(log.deliver_all(0, lane::live), range(8, 12));
  EXPECT_FALSE(log.spooled.has_more(reader(), lane::live));
  EXPECT_EQ(log.deliver_all(0, lane::main), range(4, 8));
  deliver(first);
  ASSERT_TRUE(log.spooled.join(reader()));
  push(4);
  EXPECT_FALSE(log.spooled.has_more(reader(), lane::live));
  EXPECT_EQ(log.deliver_all(0), range(12, 16));
  EXPECT_EQ(log.ledger_of(0).delivered, 16u);
}

TEST_F(Lanes, WhatIsReadFromTheDiskIsDividedAsWell) {
  for (int each = 0; each < 30; ++each) push(500);
  ASSERT_TRUE(log.spooled.split(reader()));
  for (int each = 0; each < 30; ++each) push(500);
  EXPECT_EQ(log.deliver_all(0, lane::live), range(15'000, 30'000));
  EXPECT_EQ(log.deliver_all(0, lane::main), range(0, 15'000));
}

TEST_F(Lanes, TheFloorStaysWithTheMainLane) {
  push(4);
  ASSERT_TRUE(log.spooled.split(reader()));
  push(4);
  log.deliver_all(0, lane::live);
  log.commit();
  EXPECT_EQ(reader().cursor.floor(), 0u);
  EXPECT_EQ(reader().durable_floor, 0u);
  log.deliver_all(0, lane::main);
  EXPECT_EQ(reader().cursor.floor(), 8u);
}

TEST_F(Lanes, AreOneAgainOnlyWhenTheMainLaneIsRead) {
  push(4);
  ASSERT_TRUE(log.spooled.split(reader()));
  push(4);
  EXPECT_FALSE(log.spooled.join(reader()));
  EXPECT_TRUE(reader().is_split());
  take(lane::main);
  record more;
  EXPECT_FALSE(log.read(0, more, lane::main)) << "what is behind is the live lane's";
  EXPECT_TRUE(log.spooled.join(reader()));
  EXPECT_FALSE(reader().is_split());
  EXPECT_EQ(log.deliver_all(0), range(4, 8));
}

TEST_F(Lanes, ASplitWithNothingLeftIsJoinedAtOnce) {
  push(4);
  log.deliver_all(0);
  ASSERT_TRUE(log.spooled.split(reader()));
  EXPECT_TRUE(log.spooled.join(reader()));
}

TEST_F(Lanes, TheLiveLaneBeginsAnewOnceWhatItGaveIsSettledAndLeavesTheRestToTheMainLane) {
  push(4);
  ASSERT_TRUE(log.spooled.split(reader()));
  push(4);
  push(4);
  const auto given = take(lane::live);
  EXPECT_FALSE(log.spooled.split(reader()));
  EXPECT_EQ(reader().live_from, 4u);
  deliver(given);
  ASSERT_TRUE(log.spooled.split(reader()));
  EXPECT_EQ(reader().live_from, 12u);
  push(4);
  EXPECT_EQ(log.deliver_all(0, lane::live), range(12, 16));
  auto rest = range(0, 4);
  const auto left = range(8, 12);
  rest.insert(rest.end(), left.begin(), left.end());
  EXPECT_EQ(log.deliver_all(0, lane::main), rest) << "and what the live lane gave is not given again";
}

TEST_F(Lanes, WhatTheLiveLaneSettledIsNotReadAgainAfterAStart) {
  push(4);
  ASSERT_TRUE(log.spooled.split(reader()));
  push(4);
  log.deliver_all(0, lane::live);
  push(2);
  log.commit();
  small_log again{files};
  EXPECT_FALSE(again.readers[0]->is_split());
  const auto left = again.deliver_all(0);
  EXPECT_EQ(left, (values{0, 1, 2, 3, 8, 9}));
}

TEST_F(Lanes, ManyPiecesAreNotMadeMore) {
  push(1);
  for (int each = 0; each < 1000; ++each) {
    push(1);
    ASSERT_TRUE(log.spooled.split(reader()));
    push(1);
    log.deliver_all(0, lane::live);
  }
  EXPECT_LE(reader().cursor.pieces(), 64u);
  const auto live_from = reader().live_from;
  push(1);
  log.deliver_all(0, lane::live);
  EXPECT_EQ(reader().live_from, live_from) << "it goes on where it was";
  log.deliver_all(0, lane::main);
  EXPECT_EQ(log.ledger_of(0).waiting, 0u);
  EXPECT_TRUE(log.spooled.join(reader()));
}

TEST(LanesAndLimits, DropOldestTakesFromTheMainLane) {
  simulated_folder files;
  reader_limits limits;
  limits.max_samples = 12;
  small_log log{files, small_log::small_options(), limits};
  const auto push = [&](std::uint32_t samples) {
    log.push(samples);
    log.commit();
  };
  push(4);
  push(4);
  ASSERT_TRUE(log.spooled.split(*log.readers[0]));
  push(4);
  push(4);
  EXPECT_EQ(log.ledger_of(0).discarded(discard_reason::full), 4u);
  push(6);
  EXPECT_EQ(log.deliver_all(0, lane::live), range(10, 22))
      << "the main lane's are gone, then the live lane's oldest";
  EXPECT_FALSE(log.spooled.has_more(*log.readers[0], lane::live));
  EXPECT_TRUE(log.deliver_all(0, lane::main).empty());
  EXPECT_TRUE(log.spooled.join(*log.readers[0]));
  EXPECT_EQ(log.ledger_of(0).discarded(discard_reason::full), 10u);
  EXPECT_TRUE(log.ledger_of(0).balanced());
}

TEST(LanesAndLimits, WhatAnEarlierRunDiscardedIsKnownApart) {
  simulated_folder files;
  reader_limits limits;
  limits.max_samples = 4;
  {
    small_log log{files, small_log::small_options(), limits};
    for (int each = 0; each < 3; ++each) {
      log.push(4);
      log.commit();
    }
    EXPECT_EQ(log.readers[0]->discarded_earlier, discarded_counts{});
  }
  small_log again{files, small_log::small_options(), limits};
  again.push(4);
  EXPECT_EQ(again.readers[0]->discarded_earlier[0], 8u);
  EXPECT_EQ(again.ledger_of(0).discarded(discard_reason::full), 12u);
}

// What this start found cut off is news of this run, though it is counted before anybody could look.
TEST(LanesAndLimits, WhatAStartFindsMissingIsNotOfAnEarlierRun) {
  simulated_folder whole;
  {
    small_log log{whole};
    for (const std::uint32_t samples : {3u, 5u, 7u}) log.push(samples);
    log.commit();
  }
  const auto used = [](const std::vector<std::byte>& of) {
    const auto last =
        std::find_if(of.rbegin(), of.rend(), [](std::byte each) { return each != std::byte{0}; });
    return static_cast<std::size_t>(of.rend() - last);
  };
  std::uint64_t most = 0;
  for (std::size_t back = 64; back < block_bytes && most == 0; back += 8) {
    simulated_folder files;
    for (const auto& name : whole.names()) {
      auto content = whole.content(name);
      if (used(content) > block_bytes) {
        content.resize(used(content) - 8);  // without its commit, and one byte before is wrong
        content[content.size() - back] ^= std::byte{1};
      }
      files.put(name, std::move(content));
    }
    small_log log{files};
    most = log.ledger_of(0).discarded(discard_reason::unconfirmed);
    EXPECT_EQ(log.readers[0]->discarded_earlier, discarded_counts{});
  }
  EXPECT_GT(most, 0u);
}

}  // namespace
}  // namespace tidegate::spool
