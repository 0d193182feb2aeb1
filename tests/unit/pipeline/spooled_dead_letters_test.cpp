// Dead letters: with a spool that is made up, and on a real disk.
#include "pipeline/spooled_dead_letters.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "fake_spool.hpp"
#include "pipeline/copied_samples.hpp"
#include "pipeline/opened_spool.hpp"
#include "recorded_log.hpp"
#include "unit/batch/made_batch.hpp"

namespace tidegate::pipeline {
namespace {

struct DeadLetters : testing::Test {
  observe::recorded_log log;
  observe::system_clock clock;
  spool::fake_spool* disk = nullptr;
  bool can_open = true;
  spooled_dead_letters letters{[this]() -> std::unique_ptr<spool::spool> {
                                 if (!can_open) return nullptr;
                                 auto made = std::make_unique<spool::fake_spool>();
                                 made->commits_at_once = false;
                                 disk = made.get();
                                 return made;
                               },
                               {"line -> out", "line -> other"},
                               clock,
                               log};

  bool keep(const batch_ref& batch, std::vector<std::uint32_t> samples) {
    return letters.keep("line -> out", batch, samples, "too large");
  }
  // Of the first route, without their reasons.
  std::vector<std::uint64_t> kept_values() const {
    std::vector<std::uint64_t> all;
    for (const auto& each : disk->streams[0]->pushed)
      for (const auto sample : each.batch.view())
        if (sample.name() == "s") all.push_back(sample.value(0).as_u64());
    return all;
  }
  const std::vector<std::uint32_t> up_to_four{0, 1, 2, 3};
};

TEST_F(DeadLetters, AreTheSamplesAsTheyWereAndWhy) {
  ASSERT_TRUE(keep(make_batch(10, 5), {1, 4}));
  ASSERT_EQ(disk->streams.size(), 2u);
  ASSERT_EQ(disk->streams[0]->pushed.size(), 1u);
  const auto kept = disk->streams[0]->pushed[0].batch.view();
  ASSERT_EQ(kept.size(), 3u);
  EXPECT_EQ(kept[0].value(0).as_u64(), 11u);
  EXPECT_EQ(kept[0].time(), 1001);
  EXPECT_EQ(kept[1].value(0).as_u64(), 14u);
  EXPECT_EQ(kept[2].name(), "dead_letter");
  EXPECT_EQ(kept[2].find("route")->as_text(), "line -> out");
  EXPECT_EQ(kept[2].find("reason")->as_text(), "too large");
  EXPECT_EQ(disk->happened, (std::vector<std::string>{"start", "flush"})) << "safe before it is said to be";
}

TEST_F(DeadLetters, OpenTheirSpoolWhenTheFirstComesAndTryAgain) {
  EXPECT_EQ(disk, nullptr);
  can_open = false;
  EXPECT_FALSE(keep(make_batch(0, 1), {0}));
  can_open = true;
  EXPECT_TRUE(keep(make_batch(0, 1), {0}));
}

TEST_F(DeadLetters, WhatIsNotSafeYetIsNotWrittenTwiceWhenItIsOfferedAgain) {
  const auto batch = make_batch(0, 5);
  ASSERT_TRUE(keep(batch, {0}));
  disk->can_flush = false;
  EXPECT_FALSE(keep(batch, {1}));
  EXPECT_FALSE(keep(batch, {1}));
  disk->can_flush = true;
  EXPECT_TRUE(keep(batch, {1}));
  EXPECT_TRUE(keep(batch, {2}));
  EXPECT_EQ(disk->streams[0]->pushed.size(), 3u);
}

TEST_F(DeadLetters, OtherSamplesOfTheSameBatchAreNotTakenForThoseThatWaitForTheDisk) {
  const auto batch = make_batch(0, 5);
  ASSERT_TRUE(keep(batch, {0}));
  disk->can_flush = false;
  EXPECT_FALSE(keep(batch, {1, 3}));
  disk->can_flush = true;
  EXPECT_TRUE(keep(batch, {1, 4}));
  EXPECT_TRUE(keep(make_batch(0, 5), {1, 3})) << "of another batch they are others";
  EXPECT_EQ(kept_values(), (std::vector<std::uint64_t>{0, 1, 3, 1, 4, 1, 3}));
}

TEST_F(DeadLetters, ThoseThatTheirSpoolDoesNotTakeStayWithTheSinkAndAreTakenLater) {
  const auto batch = make_batch(0, 5);
  ASSERT_TRUE(keep(batch, {0}));
  disk->streams[0]->refuses_after = 0;
  EXPECT_FALSE(keep(batch, {1, 2}));
  EXPECT_TRUE(keep(batch, {1, 2}));
  EXPECT_EQ(kept_values(), (std::vector<std::uint64_t>{0, 1, 2}));
}

// As large as a batch may be: with a reason for each it does not fit into one any more.
batch_ref make_full_batch(std::vector<std::size_t> texts) {
  batch_builder builder;
  const auto series = builder.series("s");
  std::uint64_t number = 0;
  for (const auto bytes : texts)
    builder.sample(series, 1000).field("n", number++).field("text", std::string(bytes, 'x'));
  return make_batch_of(builder);
}

TEST_F(DeadLetters, TooManyForOneBatchAreKeptInSeveral) {
  constexpr std::size_t quarter = TIDEGATE_BLOCK_BYTES_MAX / 4 - 200;
  const auto batch = make_full_batch({quarter, quarter, quarter, quarter});
  ASSERT_TRUE(batch);
  ASSERT_TRUE(letters.keep("line -> out", batch, up_to_four, std::string(1000, 'r')));
  EXPECT_EQ(kept_values(), (std::vector<std::uint64_t>{0, 1, 2, 3}));
  EXPECT_EQ(disk->streams[0]->pushed.size(), 2u);
  EXPECT_FALSE(log.has("is lost"));
}

TEST_F(DeadLetters, OfTooManyForOneBatchNoneIsLeftOutIfTheSpoolTakesOnlyTheFirst) {
  constexpr std::size_t quarter = TIDEGATE_BLOCK_BYTES_MAX / 4 - 200;
  const auto batch = make_full_batch({quarter, quarter, quarter, quarter});
  ASSERT_TRUE(keep(make_batch(7, 1), {0}));
  for (const int taken : {0, 1}) {
    disk->streams[0]->refuses_after = taken;
    EXPECT_FALSE(letters.keep("line -> out", batch, up_to_four, std::string(1000, 'r'))) << taken;
  }
  EXPECT_TRUE(letters.keep("line -> out", batch, up_to_four, std::string(1000, 'r')));
  EXPECT_EQ(kept_values(), (std::vector<std::uint64_t>{7, 0, 1, 0, 1, 2, 3})) << "some of them twice";
}

TEST_F(DeadLetters, ASampleThatIsTooLargeToBeKeptIsToldOfAndCostsNoOther) {
  const auto batch = make_full_batch({10, TIDEGATE_BLOCK_BYTES_MAX - 1000, 10});
  ASSERT_TRUE(batch);
  ASSERT_TRUE(letters.keep("line -> out", batch, std::span{up_to_four}.first(3), std::string(2000, 'r')));
  EXPECT_EQ(kept_values(), (std::vector<std::uint64_t>{0, 2}));
  EXPECT_TRUE(
      log.has("dead letters: a rejected sample of route line -> out is too large to be kept, and is lost"));
}

struct OpenedSpool : testing::Test {
  OpenedSpool() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tidegate-spool-XXXXXX").string();
    options.path = std::filesystem::path{::mkdtemp(pattern.data())} / "spool";
    options.min_free_bytes = 0;
    options.max_bytes = 64 << 20;
  }
  ~OpenedSpool() override { std::filesystem::remove_all(options.path.parent_path()); }

  config::spool_options options;
  observe::recorded_log log;
  observe::system_clock clock;
  std::string problem;
};

TEST_F(OpenedSpool, BelongsToOneAtATime) {
  auto opened = opened_spool::open(options, clock, log, problem);
  ASSERT_NE(opened, nullptr) << problem;
  EXPECT_EQ(opened_spool::open(options, clock, log, problem), nullptr);
  EXPECT_NE(problem.find("is in use by process"), std::string::npos) << problem;
  opened.reset();
  EXPECT_NE(opened_spool::open(options, clock, log, problem), nullptr);
}

TEST_F(OpenedSpool, SaysWhyItsFolderCannotBeUsed) {
  options.path = "/proc/there-is-nothing/spool";
  EXPECT_EQ(opened_spool::open(options, clock, log, problem), nullptr);
  EXPECT_EQ(problem.find("/proc/there-is-nothing/spool: "), 0u) << problem;
}

TEST_F(OpenedSpool, KeepsDeadLettersOverARestart) {
  {
    auto opened = opened_spool::open(options, clock, log, problem);
    ASSERT_NE(opened, nullptr) << problem;
    spooled_dead_letters letters{[&] { return opened->open_dead_letters(); }, {"line -> out"}, clock, log};
    const std::vector<std::uint32_t> samples{3};
    ASSERT_TRUE(letters.keep("line -> out", make_batch(0, 5), samples, "bad"));
  }
  auto opened = opened_spool::open(options, clock, log, problem);
  ASSERT_NE(opened, nullptr) << problem;
  const auto again = opened->open_dead_letters();
  ASSERT_NE(again, nullptr);
  auto& reader = again->add_reader(again->add_stream("line -> out", {}), "replay", {}, {});
  spool::record found;
  ASSERT_TRUE(reader.read(found));
  EXPECT_EQ(found.batch.view()[0].value(0).as_u64(), 3u);
  EXPECT_EQ(found.batch.view()[1].find("reason")->as_text(), "bad");
  EXPECT_FALSE(reader.read(found));
}

}  // namespace
}  // namespace tidegate::pipeline
