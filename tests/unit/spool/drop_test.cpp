// Removing what waits for a route, by command.
#include "spool/drop.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "filled_spool.hpp"

namespace tidegate::spool {
namespace {

class standing_clock final : public observe::clock {
 public:
  std::int64_t now_utc() const override { return 1'700'000'000'000'000'000; }
  std::int64_t now_monotonic() const override { return 5'000'000'000; }
};

class Drop : public testing::Test {
 protected:
  dropped drop_all(const std::string& sink) {
    const auto seen = inspect(files);
    const auto& from = *route(seen, sink);
    return drop(files, seen, from, waiting_numbers(seen, from, std::nullopt), clock, said);
  }
  dropped drop_before(const std::string& sink, std::int64_t time) {
    const auto seen = inspect(files);
    const auto& from = *route(seen, sink);
    return drop(files, seen, from, waiting_numbers(seen, from, time), clock, said);
  }
  ledger counted(const std::string& sink) { return route(inspect(files), sink)->counted; }

  simulated_folder files;
  standing_clock clock;
  observe::recorded_log said;
};

TEST_F(Drop, AllThatWaitsIsRemovedForGoodAndCounted) {
  fill_segments(files);
  const auto before = counted("two");
  const auto done = drop_all("two");
  EXPECT_EQ(done.problem, "");
  EXPECT_EQ(done.samples, before.waiting);
  EXPECT_EQ(done.waiting, 0u);
  simulated_folder::random draw{1};
  files.lose_power(draw);
  const auto after = counted("two");
  EXPECT_EQ(after.waiting, 0u);
  EXPECT_EQ(after.discarded(discard_reason::removed), before.waiting);
  EXPECT_EQ(after.delivered, before.delivered);
  EXPECT_TRUE(after.balanced());
}

TEST_F(Drop, OtherRoutesKeepAllTheyHad) {
  fill_segments(files);
  const auto before = counted("one");
  drop_all("two");
  EXPECT_EQ(counted("one"), before);
  small_log gateway{files};
  EXPECT_EQ(gateway.deliver_all(0).size(), 10'000u);
  EXPECT_TRUE(gateway.deliver_all(1).empty());
  gateway.push(3);
  gateway.commit();
  EXPECT_EQ(gateway.deliver_all(1), (std::vector<std::uint64_t>{10'000, 10'001, 10'002}));
}

// Samples of made_batch() are one nanosecond apart from 1000 on, in every batch anew.
TEST_F(Drop, WhatIsOlderThanATimeIsRemovedSampleBySample) {
  small_log{files}.commit();
  {
    small_log made{files};
    for (int each = 0; each < 3; ++each) {
      made.push(10);
      made.commit();
    }
  }
  const auto done = drop_before("one", 1004);
  EXPECT_EQ(done.problem, "");
  EXPECT_EQ(done.samples, 12u);
  EXPECT_EQ(done.waiting, 18u);
  EXPECT_EQ(waiting_values(inspect(files), "one"),
            (std::vector<std::uint64_t>{4, 5, 6, 7, 8, 9, 14, 15, 16, 17, 18, 19, 24, 25, 26, 27, 28, 29}));
  EXPECT_EQ(waiting_values(inspect(files), "two").size(), 30u);
  EXPECT_EQ(drop_before("one", 1004).samples, 0u) << "nothing is left to remove";
}

// A cursor must fit into what is kept for cursors.
TEST_F(Drop, ManyPlacesAreFineTooManyAreRefused) {
  {
    small_log made{files};
    for (int each = 0; each < 300; ++each) made.push(2);
    made.commit();
  }
  const auto before = counted("one");
  EXPECT_EQ(
      drop_before("one", 1001).problem,
      "samples that are older and samples that are not take turns 299 times, and only 256 can be noted; "
      "name another time, or remove all");
  EXPECT_EQ(counted("one"), before);
  {
    small_log made{files};
    record each;
    while (made.read(0, each) && each.number < 100)
      made.spooled.deliver(*made.readers[0], each.number + each.first, each.count, made.now());
    made.commit();
  }
  EXPECT_EQ(drop_before("one", 1001).samples, 250u);
  EXPECT_EQ(waiting_values(inspect(files), "one").size(), 250u);
  small_log gateway{files};
  EXPECT_EQ(gateway.deliver_all(0).size(), 250u);
}

TEST_F(Drop, WhatCannotBeReadHasNoAgeButGoesWithAll) {
  fill_segments(files);
  const auto gone = inspect(files).files[1];
  files.remove(gone.name);
  const auto numbers = gone.parts.front().numbers;
  const auto lost = numbers.end - numbers.first;
  EXPECT_EQ(drop_before("one", INT64_MAX).waiting, lost);
  EXPECT_EQ(drop_all("one").samples, lost);
}

// With the oldest segments held by the other route, whose policy is not known here.
TEST_F(Drop, AFullSpoolGivesUpNobodyElsesSamples) {
  auto small = small_log::small_options();
  small.max_bytes = 4 * small.segment_bytes;
  {
    small_log made{files, small};
    while (made.push(400) == log::admission::taken && !made.spooled.is_full()) made.commit();
  }
  const auto files_before = files.names();
  const auto before = counted("one");
  ASSERT_GT(before.waiting, 1000u);
  const auto done = drop_all("two");
  EXPECT_EQ(done.problem, "");
  EXPECT_EQ(counted("one"), before);
  EXPECT_EQ(counted("two").waiting, 0u);
  EXPECT_EQ(waiting_values(inspect(files), "one").size(), before.waiting);
}

TEST_F(Drop, WorksOnAFullDisk) {
  fill_segments(files);
  files.set_capacity(0);
  EXPECT_EQ(drop_all("one").problem, "");
  EXPECT_EQ(counted("one").waiting, 0u);
}

TEST_F(Drop, ADiskThatRefusesIsToldAndNothingIsRemoved) {
  fill_segments(files);
  const auto before = counted("two");
  files.fail(simulated_folder::call::write, std::errc::io_error, 0, 1000);
  const auto done = drop_all("two");
  EXPECT_NE(done.problem.find("Input/output error"), std::string::npos) << done.problem;
  files.heal();
  simulated_folder::random draw{1};
  files.lose_power(draw);
  EXPECT_EQ(counted("two"), before);
}

TEST_F(Drop, MakesNoFileOfAnotherSizeAndRemovesNone) {
  fill_segments(files);
  const auto before = files.names();
  drop_all("one");
  drop_all("two");
  for (const auto& name : before) {
    const auto names = files.names();
    EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
  }
  for (const auto& name : files.names()) EXPECT_EQ(files.content(name).size(), 65536u) << name;
}

TEST_F(Drop, AFolderThatCannotBeReadAnyMoreIsToldAndNothingIsRemoved) {
  fill_segments(files);
  const auto seen = inspect(files);
  const auto& from = *route(seen, "two");
  const auto changes = files.changes();
  files.fail(simulated_folder::call::list, std::errc::io_error, 0, 1000);
  const auto done = drop(files, seen, from, waiting_numbers(seen, from, std::nullopt), clock, said);
  EXPECT_EQ(done.problem, "the folder cannot be listed: Input/output error");
  EXPECT_EQ(done.samples, 0u);
  EXPECT_EQ(files.changes(), changes);
}

TEST_F(Drop, ARouteThatIsNotThereAnyMoreIsToldAndNoOtherLosesAnything) {
  fill_segments(files);
  const auto before = counted("one");
  const auto seen = inspect(files);
  auto gone = *route(seen, "two");
  gone.id = 99;
  const auto done = drop(files, seen, gone, waiting_numbers(seen, gone, std::nullopt), clock, said);
  EXPECT_EQ(done.problem, "the spool has no route pipeline -> two any more");
  EXPECT_EQ(counted("one"), before);
}

// Somebody has removed the files between looking and dropping.
TEST_F(Drop, ASpoolThatIsGoneHasNoRoutes) {
  fill_segments(files);
  auto seen = inspect(files);
  const auto from = *route(seen, "two");
  simulated_folder empty;
  seen.files.clear();
  const auto done = drop(empty, seen, from, {{0, 10}}, clock, said);
  EXPECT_EQ(done.problem, "the spool has no route pipeline -> two any more");
  EXPECT_TRUE(empty.names().empty());
}

}  // namespace
}  // namespace tidegate::spool
