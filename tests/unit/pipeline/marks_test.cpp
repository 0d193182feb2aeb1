#include "pipeline/marks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "batch/receipt.hpp"

namespace tidegate::pipeline {
namespace {

using numbers = std::vector<std::uint64_t>;

struct MarksTest : ::testing::Test {
  std::atomic<int> told{0};
  std::shared_ptr<marks> given = std::make_shared<marks>([this] { ++told; });
  std::stop_source never;
  MarksTest() { given->open(); }
  ~MarksTest() override {
    if (given) given->close();  // or what is incomplete holds itself
  }

  // A mark with one block, as queues hold it.
  receipt complete(std::uint64_t mark) {
    const auto claim = given->claim(mark);
    given->complete(claim);
    return claim;
  }
  receipt part_of(std::uint64_t mark) {
    const auto claim = given->claim(mark);
    given->continues(claim);
    return claim;
  }
  numbers safe() {
    numbers all;
    given->take(all);
    return all;
  }
};

TEST_F(MarksTest, AMarkIsSafeWhenTheLastCopyOfItsClaimIsLetGo) {
  auto one = complete(7);
  auto two = one;
  one.reset();
  EXPECT_EQ(safe(), numbers{});
  EXPECT_EQ(told, 0);
  two.reset();
  EXPECT_EQ(told, 1);
  EXPECT_EQ(safe(), numbers{7});
  EXPECT_EQ(safe(), numbers{}) << "once";
}

TEST_F(MarksTest, MarksBecomeSafeInAnyOrder) {
  auto first = complete(1);
  auto second = complete(2);
  second.reset();
  EXPECT_EQ(safe(), numbers{2});
  EXPECT_EQ(given->outstanding(), 1u);
  first.reset();
  EXPECT_EQ(safe(), numbers{1});
  EXPECT_EQ(given->outstanding(), 0u);
}

TEST_F(MarksTest, AMarkOfSeveralBlocksIsSafeWhenAllOfThemAre) {
  auto first = part_of(5);
  first.reset();
  EXPECT_EQ(safe(), numbers{}) << "the last block is still to come";
  auto last = complete(5);
  EXPECT_EQ(safe(), numbers{});
  last.reset();
  EXPECT_EQ(safe(), numbers{5});
}

TEST_F(MarksTest, ABlockThatIsLateHoldsItsMark) {
  auto first = part_of(5);
  complete(5);
  EXPECT_EQ(safe(), numbers{});
  first.reset();
  EXPECT_EQ(safe(), numbers{5});
}

TEST_F(MarksTest, AMarkMayBeUsedAgain) {
  auto one = complete(5);
  auto again = complete(5);
  one.reset();
  again.reset();
  EXPECT_EQ(safe(), (numbers{5, 5})) << "each use is told once";
}

TEST_F(MarksTest, WhatAPipelineHasNotGotIsNeverSafe) {
  auto claim = given->claim(5);
  claim->forfeit();
  claim.reset();
  auto part = part_of(6);
  given->claim(6)->forfeit();
  complete(6);
  part.reset();
  EXPECT_EQ(safe(), numbers{});
  EXPECT_EQ(given->outstanding(), 0u);
}

TEST_F(MarksTest, OnlySoManyMarksMayBeIncomplete) {
  for (std::uint64_t mark = 0; mark < marks::incomplete_max; ++mark) part_of(mark);
  EXPECT_EQ(given->claim(1000), nullptr);
  EXPECT_NE(given->claim(3), nullptr);
  complete(3);
  EXPECT_NE(given->claim(1000), nullptr);
}

TEST_F(MarksTest, WhatIsForgottenIsNotWaitedFor) {
  part_of(5);
  EXPECT_EQ(given->outstanding(), 1u);
  given->forget_incomplete();
  EXPECT_EQ(given->outstanding(), 0u);
  EXPECT_EQ(safe(), numbers{});
}

TEST_F(MarksTest, NothingIsToldAfterClose) {
  auto claim = complete(5);
  given->close();
  claim.reset();
  EXPECT_EQ(told, 0);
  EXPECT_EQ(given->claim(6), nullptr);
  given->open();
  EXPECT_EQ(safe(), numbers{}) << "nor when it was started again";
}

TEST_F(MarksTest, ClaimsOfAnEarlierStartMeanNothing) {
  auto before = complete(5);
  given->close();
  given->open();
  auto after = complete(6);
  before.reset();
  EXPECT_EQ(given->outstanding(), 1u);
  after.reset();
  EXPECT_EQ(safe(), numbers{6});
}

TEST_F(MarksTest, ClaimsMayOutliveTheirSource) {
  auto claim = complete(5);
  given->close();
  given.reset();
  claim.reset();
  EXPECT_EQ(told, 0);
}

TEST_F(MarksTest, ASourceWaitsUntilSomeOfWhatIsSafeWasTaken) {
  for (std::uint64_t mark = 0; mark < marks::safe_max; ++mark) complete(mark);
  EXPECT_FALSE(given->has_room());
  std::stop_source giving_up;
  giving_up.request_stop();
  EXPECT_FALSE(given->wait_for_room(giving_up.get_token()));
  std::thread source{[&] { EXPECT_TRUE(given->wait_for_room(never.get_token())); }};
  EXPECT_EQ(safe().size(), marks::safe_max);
  source.join();
  EXPECT_TRUE(given->has_room());
}

TEST_F(MarksTest, AreLetGoFromManyThreadsAndToldOnceEach) {
  constexpr std::uint64_t count = 20000;
  std::vector<receipt> claims;
  for (std::uint64_t mark = 0; mark < count; ++mark) claims.push_back(complete(mark));
  auto copies = claims;
  std::thread one{[&] { claims.clear(); }};
  std::thread two{[&] {
    while (!copies.empty()) copies.pop_back();
  }};
  numbers all;
  while (all.size() < count) {
    for (const auto mark : safe()) all.push_back(mark);
    std::this_thread::yield();
  }
  one.join();
  two.join();
  std::sort(all.begin(), all.end());
  for (std::uint64_t mark = 0; mark < count; ++mark) ASSERT_EQ(all[mark], mark);
  EXPECT_EQ(safe(), numbers{});
}

TEST_F(MarksTest, AMarkOfManyBlocksIsOneThatIsIncomplete) {
  std::vector<receipt> blocks;
  for (int block = 0; block < 1000; ++block) blocks.push_back(part_of(7));
  EXPECT_NE(given->claim(8), nullptr) << "the others have their room";
  blocks.push_back(complete(7));
  blocks.clear();
  EXPECT_EQ(safe(), numbers{7}) << "once";
}

}  // namespace
}  // namespace tidegate::pipeline
