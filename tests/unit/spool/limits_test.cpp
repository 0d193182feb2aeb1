// What becomes of samples when a limit is reached, and when the disk does not do what it is told.
#include <gtest/gtest.h>

#include <algorithm>

#include "batch/thinning.hpp"
#include "small_log.hpp"
#include "spool/walk.hpp"

namespace tidegate::spool {
namespace {

constexpr std::int64_t second = 1'000'000'000;

reader_limits with(when_full policy, std::uint64_t samples) {
  reader_limits made;
  made.when_full = policy;
  made.max_samples = samples;
  return made;
}

// ---- a reader's limits -----------------------------------------------------------------------------

TEST(Limits, BlockTakesNothingThatDoesNotFit) {
  simulated_folder files;
  small_log log{files, small_log::small_options(), with(when_full::block, 10)};
  EXPECT_EQ(log.push(10), log::admission::taken);
  EXPECT_EQ(log.push(1), log::admission::no_room);
  log.commit();
  log.deliver_all(0);
  EXPECT_EQ(log.push(1), log::admission::no_room) << "the other reader has not moved";
  log.deliver_all(1);
  EXPECT_EQ(log.push(1), log::admission::taken);
}

TEST(Limits, ABatchLargerThanTheLimitPassesAlone) {
  simulated_folder files;
  small_log log{files, small_log::small_options(), with(when_full::block, 10)};
  EXPECT_EQ(log.push(25), log::admission::taken);
}

TEST(Limits, DropOldestKeepsTheNewest) {
  simulated_folder files;
  small_log log{files, small_log::small_options(), with(when_full::drop_oldest, 10)};
  for (int each = 0; each < 5; ++each) {
    log.push(4);
    log.commit();
  }
  EXPECT_EQ(log.deliver_all(0), (std::vector<std::uint64_t>{10, 11, 12, 13, 14, 15, 16, 17, 18, 19}));
  EXPECT_EQ(log.ledger_of(0).discarded(discard_reason::full), 10u);
}

TEST(Limits, DropOldestOfOneReaderLeavesTheOtherAlone) {
  simulated_folder files;
  small_log log{files, small_log::small_options(), with(when_full::drop_oldest, 10)};
  for (int each = 0; each < 5; ++each) {
    log.push(4);
    log.commit();
    EXPECT_EQ(log.deliver_all(1).size(), 4u);
  }
  EXPECT_EQ(log.ledger_of(1).discarded(), 0u);
  EXPECT_EQ(log.ledger_of(0).discarded(), 10u);
}

TEST(Limits, DropNewestKeepsTheOldestAndCountsTheRest) {
  simulated_folder files;
  small_log log{files, small_log::small_options(), with(when_full::drop_newest, 10)};
  for (int each = 0; each < 5; ++each) {
    log.push(4);
    log.commit();
  }
  EXPECT_EQ(log.deliver_all(0), (std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(log.ledger_of(0).discarded(discard_reason::full), 12u);
  EXPECT_EQ(log.ledger_of(0).accepted, 20u);
  log.push(2);
  log.commit();
  EXPECT_EQ(log.deliver_all(0), (std::vector<std::uint64_t>{20, 21}));
}

TEST(Limits, WhatWasDroppedIsCountedOverARestart) {
  simulated_folder files;
  {
    small_log log{files, small_log::small_options(), with(when_full::drop_newest, 10)};
    for (int each = 0; each < 5; ++each) log.push(4);
    log.commit();
  }
  small_log again{files, small_log::small_options(), with(when_full::drop_newest, 10)};
  EXPECT_EQ(again.ledger_of(0).discarded(discard_reason::full), 12u);
  EXPECT_EQ(again.deliver_all(0).size(), 8u);
  EXPECT_EQ(again.ledger_of(0).discarded(discard_reason::damaged), 0u);
}

TEST(Limits, ThinOutKeepsSomeOfEveryTime) {
  simulated_folder files;
  auto limits = with(when_full::thin_out, 100'000);
  limits.max_bytes = 40 * 1024;
  small_log log{files, small_log::small_options(), limits};
  for (int each = 0; each < 2000; ++each) {
    log.push(1);
    log.commit();
  }
  const auto kept = log.deliver_all(0);
  EXPECT_EQ(log.ledger_of(0).discarded(discard_reason::full), 2000 - kept.size());
  EXPECT_LT(kept.front(), 50u) << "the beginning is there";
  EXPECT_GT(kept.back(), 1500u) << "and the end";
  EXPECT_TRUE(std::any_of(kept.begin(), kept.end(), [](auto value) { return value > 900 && value < 1100; }));
}

// What others take leaves pieces in the cursor of the reader that is away.
TEST(Limits, ThinOutBesideAReaderThatTakesAllKeepsCursorsSmallAndCoversTheWholeOutage) {
  simulated_folder files;
  small_log log{files};
  auto thinning = with(when_full::thin_out, 100'000'000);
  thinning.max_bytes = 40 * 1024;
  log.spooled.reader(*log.stream, "one", thinning);
  for (int each = 0; each < 8000; ++each) {
    ASSERT_EQ(log.push(1), log::admission::taken);
    log.commit();
    log.deliver_all(1);
    ASSERT_LE(log.readers[0]->cursor.pieces(), 33u);
  }
  EXPECT_EQ(log.ledger_of(1).delivered, 8000u);
  const auto kept = log.deliver_all(0);
  EXPECT_EQ(log.ledger_of(0).discarded(discard_reason::full), 8000 - kept.size());
  EXPECT_LT(kept.front(), 50u);
  EXPECT_GT(kept.back(), 7000u);
  EXPECT_TRUE(std::any_of(kept.begin(), kept.end(), [](auto value) { return value > 3000 && value < 5000; }));
}

TEST(Thinning, AdmitsHalfAboveTheMiddleAndAQuarterAboveThat) {
  const auto admitted = [](std::uint64_t used) {
    std::uint32_t offered = 0;
    int count = 0;
    for (int each = 0; each < 6400; ++each) count += is_admitted(used, 1000, offered) ? 1 : 0;
    return count;
  };
  EXPECT_EQ(admitted(0), 6400);
  EXPECT_EQ(admitted(500), 6400);
  EXPECT_NEAR(admitted(501), 3200, 64);
  EXPECT_NEAR(admitted(751), 1600, 64);
  EXPECT_NEAR(admitted(1000), 100, 20);
}

TEST(Limits, WhatIsTooOldIsDiscardedWhetherItWaitsOrIsRead) {
  simulated_folder files;
  auto limits = small_log::blocking();
  limits.max_age = std::chrono::seconds{60};
  small_log log{files, small_log::small_options(), limits};
  log.push(3);
  log.commit();
  log.pass(50 * second);
  log.push(2);
  log.commit();
  log.pass(20 * second);
  log.work();
  EXPECT_EQ(log.deliver_all(0).size() + log.ledger_of(0).discarded(discard_reason::age), 5u);
}

TEST(Limits, AgeIsNotTheClockOfTheWall) {
  simulated_folder files;
  auto limits = small_log::blocking();
  limits.max_age = std::chrono::seconds{60};
  {
    small_log log{files, small_log::small_options(), limits};
    log.push(3);
    log.commit();
  }
  // Years later by the wall, and the machine has just begun to count.
  small_log log{files, small_log::small_options(), limits};
  log.monotonic = 5 * second;
  log.work();
  EXPECT_EQ(log.deliver_all(0).size(), 3u);
}

// ---- the whole ---------------------------------------------------------------------------------------

options of_bytes(std::uint64_t bytes) {
  auto made = small_log::small_options();
  made.max_bytes = bytes;
  return made;
}

TEST(FullSpool, GivesUpTheOldestAndStaysWithinItsSize) {
  simulated_folder files;
  auto limits = small_log::blocking();
  limits.when_full = when_full::drop_oldest;
  small_log log{files, of_bytes(5 * segment_bytes_min), limits};
  for (int each = 0; each < 300; ++each) {
    log.push(200);
    log.commit();
    ASSERT_LE(log.spooled.status().bytes, 5u * segment_bytes_min);
  }
  EXPECT_TRUE(log.said.has("is full"));
  const auto got = log.deliver_all(0);
  EXPECT_EQ(got.back(), 59'999u);
  EXPECT_EQ(log.ledger_of(0).discarded(discard_reason::full) + got.size(), 60'000u);
}

// Pushes until there is no room, on disk and then in memory; how many were taken.
std::uint64_t fill_up(small_log& log) {
  const auto before = log.stream->next;
  while (log.push(200) == log::admission::taken) {
    log.commit();
    if (log.stream->next - before > 10'000'000) break;
  }
  return log.stream->next - before;
}

// Delivers to both readers, as what is in memory comes to the disk.
void drain(small_log& log) {
  for (int round = 0; round < 1000 && log.ledger_of(0).waiting + log.ledger_of(1).waiting != 0; ++round) {
    log.deliver_all(0);
    log.deliver_all(1);
    log.pass(20 * second);
    log.commit();
  }
}

TEST(FullSpool, MakesSourcesWaitWhoseSamplesMustBeKept) {
  simulated_folder files;
  small_log log{files, of_bytes(5 * segment_bytes_min)};
  for (int round = 0; round < 3; ++round) {
    const auto taken = fill_up(log);
    EXPECT_EQ(log.ledger_of(0).waiting, taken);
    EXPECT_LE(log.spooled.status().bytes, 5u * segment_bytes_min);
    drain(log);
    EXPECT_EQ(log.ledger_of(0).waiting, 0u);
    EXPECT_EQ(log.ledger_of(0).discarded(), 0u);
  }
}

TEST(FullDisk, AcknowledgingNeedsNoRoom) {
  simulated_folder files;
  small_log log{files};
  for (int each = 0; each < 8; ++each) {
    log.push(400);
    log.commit();
  }
  // Not one byte more.
  std::uint64_t used = 0;
  for (const auto& name : files.names()) used += files.content(name).size();
  files.set_capacity(used);
  for (int each = 0; each < 40; ++each) {
    log.push(400);
    log.commit();
    log.deliver_all(0);
    log.deliver_all(1);
    log.commit();
    log.pass(20 * second);
  }
  log.commit();
  EXPECT_EQ(log.ledger_of(0).waiting, 0u);
  EXPECT_EQ(log.ledger_of(0).accepted, log.ledger_of(0).delivered);
}

TEST(FullDisk, GoesOnWhenThereIsRoomAgain) {
  simulated_folder files;
  files.set_capacity(3 * segment_bytes_min);
  small_log log{files};
  const auto taken = fill_up(log);
  const auto accepted = log.stream->accepted;
  EXPECT_LT(accepted, taken) << "the rest is in memory";
  files.set_capacity(1000 * segment_bytes_min);
  log.pass(20 * second);
  log.commit();
  EXPECT_EQ(log.stream->accepted, taken);
  EXPECT_EQ(log.push(200), log::admission::taken);
  drain(log);
  EXPECT_EQ(log.ledger_of(0).delivered, taken + 200);
}

TEST(FullDisk, LeavesOthersTheirRoom) {
  simulated_folder files;
  files.set_capacity(20 * segment_bytes_min);
  auto with = small_log::small_options();
  with.min_free_bytes = 10 * segment_bytes_min;
  small_log log{files, with};
  fill_up(log);
  std::uint64_t left = 0;
  files.free_space(left);
  EXPECT_GE(left, 10u * segment_bytes_min);
}

// ---- errors -------------------------------------------------------------------------------------------

TEST(Errors, AfterAFailedSyncTheFileIsNotWrittenAgainAndNothingIsLost) {
  simulated_folder files;
  simulated_folder::random random{3};
  {
    small_log log{files};
    log.push(5);
    log.commit();
    files.fail(simulated_folder::call::sync, std::errc::io_error);
    log.push(7);
    log.commit();
    EXPECT_TRUE(log.said.has("segment-000001.log cannot be written"));
    EXPECT_TRUE(log.said.has("writing again"));
    EXPECT_EQ(log.ledger_of(0).accepted, 12u);
    files.lose_power(random);
  }
  EXPECT_EQ(small_log{files}.deliver_all(0).size(), 12u);
}

// It would be a blank otherwise, once its samples are delivered, and be begun anew.
TEST(Errors, AFileThatFailedIsRemovedInsteadOfBeingUsedAgain) {
  simulated_folder files;
  small_log log{files};
  log.push(5);
  log.commit();
  files.fail(simulated_folder::call::sync, std::errc::io_error);
  log.push(7);
  log.commit();
  log.deliver_all(0);
  log.deliver_all(1);
  log.commit();
  const auto names = files.names();
  EXPECT_EQ(std::count(names.begin(), names.end(), "segment-000001.log"), 0);
}

// An orderly stop waits for it.
TEST(Errors, CursorsThatFailedToBeWrittenAreNotTakenForWritten) {
  simulated_folder files;
  small_log log{files};
  log.push(5);
  log.commit();
  log.deliver_all(0);
  ASSERT_FALSE(log.spooled.is_clean());
  files.fail(simulated_folder::call::write, std::errc::io_error);
  log.spooled.hurry();
  const auto job = log.spooled.plan(log.now());
  ASSERT_TRUE(job && job->has_cursors);
  job->run();
  log.spooled.finish(*job, log.now());
  EXPECT_FALSE(log.spooled.is_clean());
  log.work();
  EXPECT_TRUE(log.spooled.is_clean());
}

std::uint64_t gap_samples(simulated_folder& files, log::reader_state& of) {
  std::uint64_t samples = 0;
  for (const auto& name : files.names()) {
    segment_header header;
    if (read_segment_header(std::span{files.content(name)}.first(block_bytes), header) != header_state::ours)
      continue;
    std::shared_ptr<file> opened;
    if (files.open(name, opened)) continue;
    walk(*opened, {id_seed(header.id), header.generation, header.segment_bytes}, [&](const stretch& each) {
      if (each.what != stretch::kind::record || each.header.type != record_type::gap) return true;
      const auto found = decode_gap(each.payload);
      if (found && found->reader == of.id) samples += found->samples;
      return true;
    });
  }
  return samples;
}

TEST(Errors, GapsWhoseCommitFailedAreWrittenElsewhere) {
  simulated_folder files;
  small_log log{files, small_log::small_options(), with(when_full::drop_oldest, 10)};
  log.push(8);
  log.commit();
  log.push(8);
  files.fail(simulated_folder::call::sync, std::errc::io_error);
  log.commit();
  ASSERT_TRUE(log.said.has("segment-000001.log cannot be written"));
  files.remove("segment-000001.log");
  EXPECT_EQ(gap_samples(files, *log.readers[0]), 6u);
}

TEST(Errors, NothingIsAcceptedWhileNothingCanBeSynced) {
  simulated_folder files;
  small_log log{files};
  log.push(5);
  log.commit();
  files.fail(simulated_folder::call::sync, std::errc::io_error, 0, UINT64_MAX);
  log.push(7);
  for (int each = 0; each < 50; ++each) {
    log.commit();
    log.pass(40 * second);
  }
  EXPECT_EQ(log.stream->accepted, 5u);
  EXPECT_FALSE(log.spooled.status().degraded.empty());
  files.heal();
  log.pass(40 * second);
  log.commit();
  EXPECT_EQ(log.stream->accepted, 12u);
  EXPECT_TRUE(log.spooled.status().degraded.empty());
  EXPECT_EQ(log.deliver_all(0).size(), 12u);
}

TEST(Errors, AReadOnlyDiskIsAStateAndPasses) {
  simulated_folder files;
  small_log log{files};
  log.push(5);
  log.commit();
  for (const auto kind :
       {simulated_folder::call::write, simulated_folder::call::create, simulated_folder::call::remove,
        simulated_folder::call::rename, simulated_folder::call::sync_folder})
    files.fail(kind, std::errc::read_only_file_system, 0, UINT64_MAX);
  for (int each = 0; each < 20; ++each) {
    log.push(5);
    log.commit();
    log.pass(40 * second);
  }
  EXPECT_EQ(log.deliver_all(0).size(), 5u) << "what is on disk is still delivered";
  files.heal();
  log.pass(40 * second);
  log.commit();
  EXPECT_EQ(log.deliver_all(0).size(), 100u);
}

// ---- large batches ---------------------------------------------------------------------------------

// After an outage all the room that there may be is taken by files of the usual size.
TEST(LargeBatch, FindsRoomInASpoolWhoseFilesAreAllOfTheUsualSize) {
  simulated_folder files;
  auto small = small_log::small_options();
  small.max_bytes = 8 * small.segment_bytes;
  small_log log{files, small};
  while (log.push(400) == log::admission::taken && !log.spooled.is_full()) log.commit();
  for (const auto reader : {0u, 1u}) log.deliver_all(reader);
  log.commit();
  const auto before = log.stream->next;
  ASSERT_EQ(log.push(6000), log::admission::taken);  // some four segments' worth
  log.commit();
  EXPECT_EQ(log.stream->accepted, before + 6000);
  EXPECT_EQ(log.deliver_all(0).back(), before + 6000 - 1);
  EXPECT_LE(log.spooled.status().bytes, small.max_bytes);
  ASSERT_EQ(log.push(10), log::admission::taken);
  log.commit();
  EXPECT_EQ(log.deliver_all(0).size(), 10u) << "what follows is not held up";
}

TEST(LargeBatch, ThatFitsNoSpoolIsDiscardedAndCountedAndHoldsNothingUp) {
  simulated_folder files;
  small_log log{files};
  auto tiny = small_log::small_options();
  tiny.max_bytes = 4 * tiny.segment_bytes;
  small_log limited{files, tiny};
  ASSERT_EQ(limited.push(20'000), log::admission::discarded);
  ASSERT_EQ(limited.push(10), log::admission::taken);
  limited.commit();
  EXPECT_EQ(limited.deliver_all(0).size(), 10u);
  EXPECT_EQ(limited.ledger_of(0).discarded(discard_reason::full), 20'000u);
  EXPECT_TRUE(limited.said.has("it does not fit into a spool of 262144; raise spool.max_size"));
}

TEST(SmallerSpool, GivesTheRoomBackThatItMayNotHaveAnyMore) {
  simulated_folder files;
  auto large = small_log::small_options();
  large.max_bytes = 16 * large.segment_bytes;
  {
    small_log log{files, large};
    while (log.push(400) == log::admission::taken && !log.spooled.is_full()) log.commit();
  }
  auto small = large;
  small.max_bytes = 6 * small.segment_bytes;
  small_log log{files, small};
  for (const auto reader : {0u, 1u}) log.deliver_all(reader);
  log.commit();
  EXPECT_LE(log.spooled.status().bytes, small.max_bytes);
  EXPECT_EQ(log.ledger_of(0).discarded(), 0u);
}

// ---- rest --------------------------------------------------------------------------------------------

TEST(Rest, NothingIsDueWhileNothingWaitsAndTheDiskRefuses) {
  simulated_folder files;
  small_log log{files};
  log.push(10);
  log.commit();
  log.deliver_all(0);
  files.fail(simulated_folder::call::write, std::errc::io_error, 0, 1000);
  files.fail(simulated_folder::call::create, std::errc::io_error, 0, 1000);
  log.commit();
  for (int tries = 0; tries < 50; ++tries) {
    log.work();
    EXPECT_GT(log.spooled.next_plan(), log.now().monotonic) << "or a thread would turn in circles";
    log.pass(second);
  }
}

// What failed is due at once; what it held was cursors only, which the new segment begins with.
TEST(Rest, NothingIsDueAfterAFailureThatANewSegmentHasMended) {
  simulated_folder files;
  small_log log{files};
  log.push(10);
  log.commit();
  log.deliver_all(0);
  files.fail(simulated_folder::call::write, std::errc::io_error);
  log.commit();
  EXPECT_TRUE(log.spooled.is_clean());
  log.pass(1);
  EXPECT_EQ(log.spooled.plan(log.now()), nullptr);
  EXPECT_GT(log.spooled.next_plan(), log.now().monotonic);
}

}  // namespace
}  // namespace tidegate::spool
