// Readers that have samples and that nobody has asked for since the start: their pipeline or sink was renamed
// or removed. What waits for them is kept as long as there is room, and is in nobody's way.
#include <gtest/gtest.h>

#include "small_log.hpp"

namespace tidegate::spool {
namespace {

constexpr std::uint64_t spool_bytes = 5 * segment_bytes_min;

options five_segments() {
  auto made = small_log::small_options();
  made.max_bytes = spool_bytes;
  return made;
}

// "one" is wired, "two" is not.
class Orphan : public testing::Test {
 protected:
  Orphan() {
    {
      small_log before{files, five_segments()};
      before.push(100);
      before.commit();
      before.deliver_all(0);
      before.commit();
    }
    files.kill();
    it.open(now);
    stream = &it.stream("pipeline", {});
    wired = &it.reader(*stream, "one", small_log::blocking());
    for (const auto& each : it.readers())
      if (each->name == "two") orphan = each.get();
  }
  log::admission push(std::uint32_t samples) {
    std::uint64_t number = 0;
    return it.push(*stream, make_batch(stream->next, samples), {}, now, number);
  }
  void commit() {
    it.hurry();
    while (const auto job = it.plan(now)) {
      job->run();
      it.finish(*job, now);
      it.check();
    }
  }
  // All that it can read from memory.
  void deliver(log::reader_state& reader) {
    record each;
    log::disk_place place;
    while (it.find(reader, lane::main, each, place, now) == log::where::memory)
      it.deliver(reader, each.number + each.first, each.count, now);
  }

  simulated_folder files;
  moment now{1'000'000'000, 1'700'000'000'000'000'000};
  observe::recorded_log said;
  log it{files, five_segments(), said};
  log::stream_state* stream = nullptr;
  log::reader_state* wired = nullptr;
  log::reader_state* orphan = nullptr;
};

TEST_F(Orphan, KeepsWhatWaitsAndIsToldOf) {
  ASSERT_NE(orphan, nullptr);
  EXPECT_EQ(it.ledger(*orphan).waiting, 100u);
  it.tell_of_orphans();
  EXPECT_TRUE(said.has("100 samples wait for pipeline -> two, which is not configured any more"));
}

TEST_F(Orphan, ForWhichNothingWaitsIsNotToldOf) {
  it.deliver(*orphan, 0, 100, now);
  it.tell_of_orphans();
  EXPECT_FALSE(said.has("not configured any more"));
}

TEST_F(Orphan, GivesItsRoomUpBeforeAnybodyWaits) {
  for (int each = 0; each < 300; ++each) {
    ASSERT_EQ(push(200), log::admission::taken) << each;
    commit();
    deliver(*wired);
    commit();
    ASSERT_LE(it.status().bytes, spool_bytes);
  }
  EXPECT_EQ(it.ledger(*wired).delivered, 60'100u);
  EXPECT_EQ(it.ledger(*wired).discarded(), 0u);
  EXPECT_GT(it.ledger(*orphan).discarded(discard_reason::full), 0u) << "and it is counted";
  EXPECT_GT(it.ledger(*orphan).waiting, 0u) << "no more than what was needed";
  EXPECT_TRUE(it.ledger(*orphan).balanced());
}

TEST_F(Orphan, HoldsNothingInMemoryAndFindsItOnDiskOnceItIsAskedFor) {
  push(50);
  commit();
  deliver(*wired);
  commit();
  auto& again = it.reader(*stream, "two", small_log::blocking());
  ASSERT_EQ(&again, orphan);
  it.deliver(again, 0, 100, now);
  record each;
  log::disk_place place;
  ASSERT_EQ(it.find(again, lane::main, each, place, now), log::where::disk);
  disk_reader disk;
  ASSERT_EQ(disk.read(place), disk_reader::outcome::found);
  EXPECT_EQ(disk.found().number, 100u);
  EXPECT_EQ(disk.found().count, 50u);
}

// One that a reload has taken out.
TEST_F(Orphan, ThatWasEndedTakesNothingNewAndKeepsWhatItHas) {
  auto& two = it.reader(*stream, "two", small_log::blocking());
  push(50);
  it.end(two);
  push(30);
  commit();
  EXPECT_EQ(it.ledger(two).waiting, 150u);
  EXPECT_EQ(it.ledger(two).accepted, 150u);
  EXPECT_EQ(it.ledger(*wired).waiting, 80u);
  it.deliver(two, 0, 150, now);
  commit();
  EXPECT_EQ(it.ledger(two).waiting, 0u);
  EXPECT_EQ(it.ledger(two).delivered, 150u);
  EXPECT_FALSE(it.has_more(two, lane::main) && [&] {
    record each;
    log::disk_place place;
    return it.find(two, lane::main, each, place, now) != log::where::nowhere;
  }());
}

TEST_F(Orphan, ThatIsAskedForAgainBeginsWithWhatItHasNotSettled) {
  auto& two = it.reader(*stream, "two", small_log::blocking());
  push(50);
  commit();
  it.deliver(two, 0, 110, now);
  two.way_of(lane::main).position = 150;  // given, and not answered
  it.detach(two);
  push(30);
  commit();
  EXPECT_EQ(it.ledger(two).waiting, 40u);
  push(20);  // not written yet when it is asked for again
  auto& again = it.reader(*stream, "two", small_log::blocking());
  ASSERT_EQ(&again, &two);
  push(5);
  commit();
  EXPECT_EQ(again.way_of(lane::main).position, 110u);
  EXPECT_EQ(it.ledger(again).waiting, 45u);
  EXPECT_TRUE(it.ledger(again).balanced());
}

}  // namespace
}  // namespace tidegate::spool
