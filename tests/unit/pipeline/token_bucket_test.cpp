#include "pipeline/token_bucket.hpp"

#include <gtest/gtest.h>

namespace tidegate::pipeline {
namespace {

constexpr std::int64_t second = 1'000'000'000;

TEST(TokenBucket, LetsASecondsWorthPassAtOnce) {
  token_bucket bucket{100};
  EXPECT_EQ(bucket.available(0), 100u);
  bucket.take(100, 0);
  EXPECT_EQ(bucket.available(0), 0u);
  EXPECT_EQ(bucket.available(second / 2), 50u);
  EXPECT_EQ(bucket.available(50 * second), 100u);
}

TEST(TokenBucket, SaysWhenThereIsEnough) {
  token_bucket bucket{100};
  bucket.take(100, 0);
  for (const std::uint32_t wanted : {1u, 33u, 100u}) {
    const auto ready = bucket.ready_at(wanted, 0);
    EXPECT_EQ(bucket.available(ready), wanted);
    EXPECT_EQ(bucket.available(ready - second / 100), wanted - 1);
  }
}

TEST(TokenBucket, KeepsToItsRateInTheLongRun) {
  for (const std::uint32_t rate : {1u, 7u, 999u, 7'000'001u}) {
    token_bucket bucket{rate};
    std::uint64_t passed = 0;
    std::int64_t now = 1'000'000 * second;  // a machine that has run for days
    for (const auto end = now + 100 * second; now < end;) {
      const auto part = std::min<std::uint32_t>(rate, 1 + rate / 3);
      now = std::max(now, bucket.ready_at(part, now));
      bucket.take(part, now);
      passed += part;
    }
    EXPECT_NEAR(static_cast<double>(passed), 101.0 * rate, 1.5 * rate) << rate;
  }
}

}  // namespace
}  // namespace tidegate::pipeline
