// When a reader is slow, away or not wanted any more, and when there is more than memory may hold.
#include <gtest/gtest.h>

#include <chrono>

#include "small_log.hpp"

namespace tidegate::spool {
namespace {

constexpr std::int64_t second = 1'000'000'000;

reader_limits with(when_full policy, std::uint64_t samples) {
  reader_limits made;
  made.when_full = policy;
  made.max_samples = samples;
  return made;
}

// ---- a slow reader beside one that keeps up

// It takes one batch for each that it delivers, and leaves out those between.
TEST(SlowReader, DropNewestHoldsNoOtherReaderUpHoweverManyPiecesItLeaves) {
  simulated_folder files;
  small_log log{files};
  log.spooled.reader(*log.stream, "one", with(when_full::drop_newest, 3000));
  for (int each = 0; each < 3000; ++each) {
    ASSERT_EQ(log.push(1), log::admission::taken);
    if (each % 20 == 0) log.commit();
  }
  log.commit();
  log.deliver_all(1);
  record oldest;
  std::uint64_t left = 0;
  for (int each = 0; each < 6000; ++each) {
    if (each % 3 == 0) {
      if (left == 0) {
        ASSERT_TRUE(log.read(0, oldest));
        left = oldest.count;
      }
      log.spooled.deliver(*log.readers[0], oldest.number + oldest.first + oldest.count - left, 1, log.now());
      --left;
    }
    ASSERT_EQ(log.push(1), log::admission::taken) << each;
    if (each % 20 != 0) continue;
    log.commit();
    log.deliver_all(1);
    ASSERT_EQ(log.ledger_of(1).waiting, 0u) << "what the other reader takes is written: " << each;
  }
  log.commit();
  log.deliver_all(1);
  EXPECT_EQ(log.ledger_of(1).delivered, 9000u);
  const auto before = log.ledger_of(0);
  EXPECT_TRUE(before.balanced());
  files.kill();
  small_log again{files};
  EXPECT_EQ(again.ledger_of(0).discarded(discard_reason::damaged), 0u);
  EXPECT_EQ(again.ledger_of(0).waiting, before.waiting);
  EXPECT_EQ(again.deliver_all(0).size() + 0u, before.waiting);
}

// ---- time

TEST(SlowReader, WhatBecameTooOldBesideYoungerOnesIsNotGivenFromTheDiskEither) {
  simulated_folder files;
  auto limits = small_log::blocking();
  limits.max_age = std::chrono::seconds{60};
  {
    small_log log{files, small_log::small_options(), limits};
    log.push(3);
    log.commit();
    log.pass(50 * second);
    log.push(2);
    log.commit();
  }
  small_log log{files, small_log::small_options(), limits};
  log.pass(20 * second);
  EXPECT_EQ(log.deliver_all(0), (std::vector<std::uint64_t>{3, 4}));
  EXPECT_EQ(log.ledger_of(0).discarded(discard_reason::age), 3u);
}

// The lock is not held while the disk is read.
TEST(SlowReader, IsNotGivenFromTheDiskWhatALimitHasDiscardedMeanwhile) {
  simulated_folder files;
  {
    small_log log{files};
    log.push(10);
    log.commit();
  }
  for (const std::uint64_t gone : {4, 10}) {
    small_log log{files};
    record into;
    log::disk_place place;
    auto& reader = *log.readers[0];
    ASSERT_EQ(log.spooled.find(reader, lane::main, into, place, log.now()), log::where::disk);
    disk_reader disk;
    ASSERT_EQ(disk.read(place), disk_reader::outcome::found);
    log.spooled.discard(reader, 0, gone, discard_reason::full, log.now());
    EXPECT_FALSE(log.spooled.take(reader, place, &disk.found(), disk.service_time(), into, log.now()));
    EXPECT_EQ(log.deliver_all(0).size(), 10 - gone);
    EXPECT_TRUE(log.ledger_of(0).balanced());
  }
}

// ---- memory

TEST(Memory, WhatIsWrittenAndNotSyncedIsNotKeptWithoutALimit) {
  simulated_folder files;
  commit_rule hourly;
  hourly.window = std::chrono::hours{1};
  auto large = small_log::small_options();
  large.segment_bytes = 4 << 20;
  small_log log{files, large, small_log::blocking(), hourly};
  for (int each = 0; each < 200; ++each) {
    ASSERT_EQ(log.push(500), log::admission::taken) << each;
    log.work();
  }
  EXPECT_GT(log.stream->synced, 50'000u) << "though no commit is due";
  EXPECT_LT(log.stream->synced, log.stream->next);
}

TEST(Memory, ABatchWithoutSamplesIsTakenAndIsNothing) {
  simulated_folder files;
  small_log log{files};
  log.push(3);
  EXPECT_EQ(log.push(0), log::admission::taken);
  log.push(2);
  log.commit();
  EXPECT_EQ(log.deliver_all(0), (std::vector<std::uint64_t>{0, 1, 2, 3, 4}));
}

// ---- the disk does not say how much room it has

TEST(FreeSpace, ThatIsNotToldIsNoReasonToWriteAndASourceWaits) {
  simulated_folder files;
  small_log log{files};
  files.fail(simulated_folder::call::free_space, std::errc::io_error, 0, 1000);
  log.push(3);
  log.commit();
  EXPECT_EQ(log.stream->accepted, 0u);
  EXPECT_TRUE(log.said.has("cannot make room for more: Input/output error"));
  EXPECT_TRUE(log.spooled.is_stuck());
  files.heal();
  log.pass(60 * second);
  log.commit();
  EXPECT_EQ(log.stream->accepted, 3u);
  EXPECT_FALSE(log.spooled.is_stuck());
}

}  // namespace
}  // namespace tidegate::spool
