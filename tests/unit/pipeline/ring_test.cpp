#include "pipeline/ring.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "unit/batch/made_batch.hpp"

namespace tidegate::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t enough = 1 << 20;

std::vector<std::uint64_t> all_of(ring& from) {
  std::vector<std::uint64_t> numbers;
  while (const auto next = from.pop())
    for (const auto sample : next.view()) numbers.push_back(sample.value(0).as_u64());
  return numbers;
}

TEST(Ring, GivesBackInTheOrderOfArrival) {
  ring kept{10s, enough};
  EXPECT_TRUE(kept.push(make_batch(0, 2), 0).is_empty());
  EXPECT_TRUE(kept.push(make_batch(2, 1), 0).is_empty());
  EXPECT_FALSE(kept.empty());
  EXPECT_EQ(all_of(kept), (std::vector<std::uint64_t>{0, 1, 2}));
  EXPECT_TRUE(kept.empty());
}

TEST(Ring, LosesTheOldestWhenItHoldsTooManyBytes) {
  const std::uint64_t one = make_batch(0, 2).view().bytes();
  ring kept{10s, 3 * one};
  for (std::uint64_t first = 0; first < 6; first += 2)
    EXPECT_TRUE(kept.push(make_batch(first, 2), 0).is_empty());
  EXPECT_EQ(kept.room(), 0u);
  const auto lost = kept.push(make_batch(6, 2), 0);
  EXPECT_EQ(lost.samples, 2u);
  EXPECT_EQ(lost.first_time, 1000);
  EXPECT_EQ(lost.last_time, 1001);
  EXPECT_EQ(all_of(kept), (std::vector<std::uint64_t>{2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(kept.room(), 3 * one);
}

TEST(Ring, LosesWhatIsTooOldWhenSomethingNewerComes) {
  ring kept{10s, enough};
  const auto at = [](std::chrono::nanoseconds time) { return time.count(); };
  kept.push(make_batch(0, 1), at(0s));
  kept.push(make_batch(1, 1), at(6s));
  EXPECT_TRUE(kept.push(make_batch(2, 1), at(10s)).is_empty());
  EXPECT_EQ(kept.push(make_batch(3, 1), at(11s)).samples, 1u);
  EXPECT_EQ(kept.push(make_batch(4, 1), at(60s)).samples, 3u);
  EXPECT_EQ(all_of(kept), std::vector<std::uint64_t>{4});
}

TEST(Ring, TakesABatchThatIsLargerThanAllOfIt) {
  ring kept{10s, 100};
  EXPECT_TRUE(kept.push(make_batch(0, 100), 0).is_empty());
  EXPECT_EQ(kept.room(), 0u);
  EXPECT_EQ(kept.push(make_batch(100, 1), 0).samples, 100u);
  EXPECT_EQ(all_of(kept), std::vector<std::uint64_t>{100});
}

TEST(Gap, SpansAllThatIsAddedToIt) {
  gap lost;
  EXPECT_TRUE(lost.is_empty());
  gap other;
  other.add(make_batch(0, 3).view());
  other.reason = gap::stopped;
  lost.add(other);
  lost.add(make_batch(0, 1).view());
  EXPECT_EQ(lost.samples, 4u);
  EXPECT_EQ(lost.first_time, 1000);
  EXPECT_EQ(lost.last_time, 1002);
  EXPECT_EQ(lost.reason, gap::stopped);
  EXPECT_EQ(to_string(lost), "4 samples from 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:00.000Z");
}

TEST(Gap, IsToldAsASampleWithTheTagsOfItsSource) {
  gap lost;
  lost.add(make_batch(0, 3).view());
  const auto report = report_of(lost, "plc", tag_suffix{{{"site", "x"}}}, 77);
  ASSERT_EQ(report.view().size(), 1u);
  const auto sample = report.view()[0];
  EXPECT_EQ(sample.name(), "tidegate_gap");
  EXPECT_EQ(sample.time(), 77);
  EXPECT_EQ(sample.series().tag("source"), "plc");
  EXPECT_EQ(sample.series().tag("site"), "x");
  EXPECT_EQ(sample.find("samples")->as_u64(), 3u);
  EXPECT_EQ(sample.find("first_time")->as_i64(), 1000);
  EXPECT_EQ(sample.find("last_time")->as_i64(), 1002);
  EXPECT_EQ(sample.series().tag("reason"), "ring_full");
}

}  // namespace
}  // namespace tidegate::pipeline
