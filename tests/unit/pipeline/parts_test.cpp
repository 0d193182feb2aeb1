#include "pipeline/parts.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "part_numbers.hpp"
#include "unit/batch/made_batch.hpp"

namespace tidegate::pipeline {
namespace {

part made_part(std::uint64_t first, std::uint32_t count) {
  return {make_batch(first, count), 0, count, first};
}

TEST(Parts, AreCutWithoutCopyingASample) {
  auto front = made_part(10, 5);
  const auto rest = cut(front, 2);
  EXPECT_EQ(numbers({front}), range(10, 12));
  EXPECT_EQ(numbers({rest}), range(12, 15));
  EXPECT_EQ(rest.order, 12u);
  EXPECT_EQ(rest.batch.block(), front.batch.block());
}

TEST(Parts, ChosenSamplesAreTakenOutAndTheOthersStay) {
  std::vector<part> all{made_part(0, 4), made_part(4, 4), made_part(8, 4)};
  const std::vector<std::uint32_t> chosen{0, 2, 3, 4, 5, 6, 7, 9, 11};
  const auto taken = take_out(all, chosen);
  EXPECT_EQ(numbers(taken), (std::vector<std::uint64_t>{0, 2, 3, 4, 5, 6, 7, 9, 11}));
  EXPECT_EQ(numbers(all), (std::vector<std::uint64_t>{1, 8, 10}));
  EXPECT_EQ(taken.size(), 5u) << "neighbours of one batch stay together";
}

TEST(Parts, TakingOutIsExactWhateverIsChosen) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random{seed};
    std::vector<part> all;
    std::uint64_t count = 0;
    for (auto parts = random() % 5; parts != 0; --parts) {
      const auto samples = static_cast<std::uint32_t>(1 + random() % 6);
      all.push_back(made_part(count, samples));
      count += samples;
    }
    std::vector<std::uint32_t> chosen;
    std::vector<std::uint64_t> others;
    for (std::uint32_t index = 0; index < count; ++index)
      random() % 2 != 0 ? chosen.push_back(index) : others.push_back(index);
    EXPECT_EQ(numbers(take_out(all, chosen)), (std::vector<std::uint64_t>{chosen.begin(), chosen.end()}));
    EXPECT_EQ(numbers(all), others);
  }
}

TEST(Parts, AreHalvedByTheirSamples) {
  std::vector<part> all{made_part(0, 1), made_part(1, 7), made_part(8, 1)};
  halve(all, 5);
  std::vector<part> first;
  std::vector<part> second;
  for (const auto& each : all) (each.portion == 5 ? first : second).push_back(each);
  EXPECT_EQ(numbers(first), range(0, 4));
  EXPECT_EQ(numbers(second), range(4, 9));
  EXPECT_EQ(second.front().portion, 6u);
  EXPECT_EQ(second.front().order, 4u);
}

TEST(OrderedParts, HandOutAPortionByItself) {
  ordered_parts waiting;
  std::vector<part> back{made_part(0, 4), made_part(4, 4), made_part(8, 2)};
  back[0].portion = 1;
  back[1].portion = back[2].portion = 2;
  waiting.put_back(back);
  waiting.push_back(made_part(10, 5));
  const config::batch_limits all;
  std::vector<std::vector<std::uint64_t>> seen;
  while (!waiting.empty()) {
    std::vector<part> parts;
    waiting.take(all, parts);
    seen.push_back(numbers(parts));
  }
  EXPECT_EQ(seen, (std::vector<std::vector<std::uint64_t>>{range(0, 4), range(4, 10), range(10, 15)}));
  EXPECT_EQ(waiting.bytes(), 0u);
  EXPECT_EQ(waiting.samples(), 0u);
}

TEST(OrderedParts, ALimitInBytesTakesAsManySamplesOfTheNextBatchAsFit) {
  const auto all = made_part(0, 10).bytes();
  const auto each = all / 10;
  const auto take = [&](std::uint64_t bytes) {
    ordered_parts waiting;
    waiting.push_back(made_part(0, 10));
    waiting.push_back(made_part(10, 10));
    config::batch_limits wanted;
    wanted.max_bytes = static_cast<std::uint32_t>(bytes);
    std::vector<part> taken;
    waiting.take(wanted, taken);
    EXPECT_EQ(waiting.samples() + numbers(taken).size(), 20u);
    return numbers(taken);
  };
  EXPECT_EQ(take(all + 2 * each + each / 2), range(0, 12));
  EXPECT_EQ(take(all + each / 2), range(0, 10)) << "of the next none fits";
  EXPECT_EQ(take(all), range(0, 10));
  EXPECT_EQ(take(3 * each), range(0, 3));
  EXPECT_EQ(take(1), range(0, 1)) << "or a sample larger than the limit would wait for ever";
}

TEST(OrderedParts, AreReadyBeforeTheirTimeWhenTheirBytesFillADelivery) {
  ordered_parts waiting;
  waiting.push_back(made_part(0, 10));
  config::batch_limits wanted;
  wanted.max_wait = std::chrono::hours{1};
  wanted.max_bytes = static_cast<std::uint32_t>(waiting.bytes() + 1);
  EXPECT_GT(waiting.ready_at(wanted), 0);
  --wanted.max_bytes;
  EXPECT_EQ(waiting.ready_at(wanted), 0);
}

}  // namespace
}  // namespace tidegate::pipeline
