#include "pipeline/backoff.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace tidegate::pipeline {
namespace {

constexpr std::int64_t second = 1'000'000'000;
const config::retry_limits one_to_eight{std::chrono::seconds{1}, std::chrono::seconds{8}};

TEST(Backoff, TheBoundDoublesUpToTheMaximumAndNoDelayExceedsIt) {
  backoff delays{one_to_eight, 1};
  for (const std::int64_t bound : {1, 2, 4, 8, 8, 8}) {
    EXPECT_EQ(delays.bound(), bound * second);
    const auto delay = delays.next();
    EXPECT_GE(delay, 0);
    EXPECT_LE(delay, bound * second);
  }
}

TEST(Backoff, ResetBeginsAgainAtTheMinimum) {
  backoff delays{one_to_eight, 1};
  for (int count = 0; count < 5; ++count) delays.next();
  delays.reset();
  EXPECT_EQ(delays.bound(), second);
}

TEST(Backoff, DelaysSpreadOverTheWholeInterval) {
  std::vector<int> quarters(4);
  for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
    backoff delays{one_to_eight, seed * 7919};
    ++quarters[static_cast<std::size_t>(std::min<std::int64_t>(3, delays.next() * 4 / second))];
  }
  for (const int count : quarters) EXPECT_GT(count, 800);
}

}  // namespace
}  // namespace tidegate::pipeline
