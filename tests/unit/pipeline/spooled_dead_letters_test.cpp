// Dead letters: with a spool that is made up, and on a real disk.
#include "pipeline/spooled_dead_letters.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "fake_spool.hpp"
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
