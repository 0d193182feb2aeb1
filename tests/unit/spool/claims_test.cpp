// What a replayable source gives is never discarded for want of room, whatever `when_full` says.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "small_log.hpp"

namespace tidegate::spool {
namespace {

constexpr std::int64_t second = 1'000'000'000;

reader_limits of_samples(when_full policy, std::uint64_t samples) {
  reader_limits made;
  made.when_full = policy;
  made.max_samples = samples;
  return made;
}

options of_bytes(std::uint64_t bytes) {
  auto made = small_log::small_options();
  made.max_bytes = bytes;
  return made;
}

receipt a_claim() { return std::make_shared<int>(); }

struct Claims : testing::TestWithParam<when_full> {
  simulated_folder files;
};

INSTANTIATE_TEST_SUITE_P(WhenFull, Claims,
                         testing::Values(when_full::block, when_full::drop_oldest, when_full::drop_newest,
                                         when_full::thin_out));

TEST_P(Claims, WaitWhileTheDiskDoesNotFollow) {
  small_log log{files, small_log::small_options(), of_samples(GetParam(), 1'000'000)};
  std::uint64_t taken = 0;
  while (log.push(500, a_claim()) == log::admission::taken) {
    taken += 500;
    ASSERT_LT(taken, 1'000'000u);
  }
  EXPECT_EQ(log.spooled.room(*log.stream, log.now()), 0u);
  log.commit();
  EXPECT_GT(log.spooled.room(*log.stream, log.now()), 0u);
  EXPECT_EQ(log.push(500, a_claim()), log::admission::taken);
  log.commit();
  EXPECT_EQ(log.deliver_all(0).size(), taken + 500);
  EXPECT_EQ(log.ledger_of(0).discarded() + log.ledger_of(1).discarded(), 0u);
}

TEST_P(Claims, WaitForTheFullestReaderAndAreNotThinnedOut) {
  auto limits = of_samples(GetParam(), 100'000);
  limits.max_bytes = 40 * 1024;
  small_log log{files, small_log::small_options(), limits};
  std::uint64_t taken = 0;
  while (log.push(1, a_claim()) == log::admission::taken) {
    log.commit();
    log.deliver_all(1);
    ASSERT_LT(++taken, 10'000u);
  }
  EXPECT_EQ(log.ledger_of(0).waiting, taken);
  EXPECT_LT(log.spooled.room(*log.stream, log.now()), 500u);
  log.deliver_all(0);
  EXPECT_EQ(log.push(1, a_claim()), log::admission::taken);
  EXPECT_EQ(log.ledger_of(0).discarded() + log.ledger_of(1).discarded(), 0u);
}

TEST_P(Claims, AreNotPushedOutByWhatHasNone) {
  small_log log{files, small_log::small_options(), of_samples(GetParam(), 100)};
  std::set<std::uint64_t> claimed;
  std::uint64_t value = 0;
  const auto push = [&](std::uint32_t samples, bool has_claim) {
    const auto done = log.push(samples, has_claim ? a_claim() : receipt{});
    if (done == log::admission::no_room) return;
    if (has_claim)
      for (std::uint32_t each = 0; each < samples; ++each) claimed.insert(value + each);
    value += samples;
    log.commit();
  };
  for (int round = 0; round < 100; ++round) {
    push(3, true);
    push(4, false);
    log.deliver_all(1);
  }
  for (const auto each : log.deliver_all(0)) claimed.erase(each);
  EXPECT_EQ(claimed, std::set<std::uint64_t>{});
  EXPECT_TRUE(log.ledger_of(0).balanced());
}

TEST_P(Claims, WaitWhenTheWholeSpoolIsFullAndOthersMakeNoRoomOfThem) {
  reader_limits limits;
  limits.when_full = GetParam();
  small_log log{files, of_bytes(5 * segment_bytes_min), limits};
  std::uint64_t taken = 0;
  while (log.push(200, a_claim()) == log::admission::taken) {
    log.commit();
    taken += 200;
    ASSERT_LT(taken, 10'000'000u);
  }
  EXPECT_TRUE(log.said.has("is full"));
  EXPECT_EQ(log.spooled.room(*log.stream, log.now()), 0u);
  // Another pipeline, whose oldest samples may go.
  auto& other = log.spooled.stream("other", {});
  log.spooled.reader(other, "one", {});
  for (int each = 0; each < 100; ++each) {
    std::uint64_t number = 0;
    log.spooled.push(other, make_batch(0, 200), {}, log.now(), number);
    log.pass(second);
    log.commit();
  }
  std::uint64_t got = 0;
  for (int round = 0; round < 100; ++round) {
    got += log.deliver_all(0).size();
    log.deliver_all(1);
    log.pass(20 * second);
    log.commit();
  }
  EXPECT_EQ(got, taken);
  EXPECT_EQ(log.ledger_of(0).discarded() + log.ledger_of(1).discarded(), 0u);
  EXPECT_EQ(log.push(200, a_claim()), log::admission::taken);
}

// A reader that does without every second batch has as many pieces in its cursor, which must fit into what is
// reserved for cursors. Runs are given up for that, but none with a claim; so claims wait before there are
// many.
TEST(ClaimsAmongOthers, MakeNoMorePiecesThanACursorMayHaveAndAreNotGivenUpForThem) {
  simulated_folder files;
  reader_limits limits;
  limits.when_full = when_full::thin_out;
  limits.max_bytes = 64 * 1024;
  small_log log{files, small_log::small_options(), limits};
  std::set<std::uint64_t> claimed;
  std::uint64_t value = 0;
  for (int round = 0; round < 600; ++round) {
    if (log.push(1, a_claim()) == log::admission::taken) claimed.insert(value++);
    if (log.push(3) != log::admission::no_room) value += 3;
    log.commit();
    log.deliver_all(1);
    ASSERT_LE(log.readers[0]->cursor.pieces(), 33u) << round;
  }
  EXPECT_GT(claimed.size(), 10u);
  for (const auto each : log.deliver_all(0)) claimed.erase(each);
  EXPECT_EQ(claimed, std::set<std::uint64_t>{});
}

TEST(ClaimsOfEarlierRuns, AreKeptWhereTheSourceIsStillThere) {
  for (const bool is_there : {false, true}) {
    simulated_folder files;
    {
      small_log log{files, small_log::small_options(), of_samples(when_full::drop_oldest, 100)};
      log.push(90, a_claim());
      log.commit();
    }
    small_log log{files, small_log::small_options(), of_samples(when_full::drop_oldest, 100)};
    if (is_there) log::expect_claims(*log.stream);
    for (int each = 0; each < 20; ++each) {
      log.push(4);
      log.commit();
    }
    EXPECT_EQ(log.deliver_all(0).front() == 0, is_there);
  }
}

TEST(Room, IsLessTheMoreWaits) {
  simulated_folder files;
  small_log log{files, small_log::small_options(), of_samples(when_full::drop_oldest, 100)};
  EXPECT_EQ(log.spooled.room(*log.stream, log.now()), UINT64_MAX);
  log.push(50);
  log.commit();
  const auto bytes = log.readers[0]->bytes;
  EXPECT_EQ(log.spooled.room(*log.stream, log.now()), 50 * (bytes / 50));
  log.push(50);
  log.commit();
  EXPECT_EQ(log.spooled.room(*log.stream, log.now()), 0u);
}

// What may be given up makes room, and would for ever keep a source waiting otherwise.
TEST(Room, IsThereWhileTheOldestSegmentMayBeGivenUp) {
  simulated_folder files;
  reader_limits limits;
  limits.when_full = when_full::drop_oldest;
  small_log log{files, of_bytes(5 * segment_bytes_min), limits};
  for (int each = 0; each < 100; ++each) {
    log.push(200);
    log.commit();
  }
  EXPECT_TRUE(log.said.has("is full"));
  EXPECT_EQ(log.spooled.room(*log.stream, log.now()), UINT64_MAX - log.readers[0]->bytes);
  EXPECT_EQ(log.push(200, a_claim()), log::admission::taken);
}

}  // namespace
}  // namespace tidegate::spool
