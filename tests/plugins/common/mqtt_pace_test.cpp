// When to connect again, how much to send, and whom to suspect.
#include <gtest/gtest.h>

#include <vector>

#include "messages/acknowledged_messages.hpp"
#include "messages/token_bucket.hpp"
#include "mqtt/reconnect_pace.hpp"
#include "mqtt/suspicion.hpp"

namespace tidegate::testing {
namespace {

using messages::digest_of;
using messages::message_digest;
using messages::quick_digest_of;
using mqtt::trouble;

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t millisecond = 1'000'000;

mqtt::reconnect_pace pace(std::uint64_t seed = 1, std::int64_t try_interval = 0) {
  return {{1 * second, 16 * second, 20 * second, try_interval}, seed};
}

TEST(TokenBucket, LetsASecondsWorthThroughAtOnceAndThenTheRate) {
  auto bucket = messages::token_bucket::on_average(100);
  for (int count = 0; count < 100; ++count) {
    ASSERT_EQ(bucket.ready_at(1, 0), 0) << count;
    bucket.take(1, 0);
  }
  EXPECT_EQ(bucket.ready_at(1, 0), 10 * millisecond);
  EXPECT_EQ(bucket.ready_at(50, 0), 500 * millisecond);
}

TEST(TokenBucket, NeverExceedsTheRateInTheLongRun) {
  auto bucket = messages::token_bucket::on_average(100);
  std::int64_t now = 0;
  for (int count = 0; count < 1100; ++count) {
    now = bucket.ready_at(1, now);
    bucket.take(1, now);
  }
  EXPECT_NEAR(static_cast<double>(now), 10.0 * second, second * 0.01);
}

TEST(TokenBucket, DoesNotSaveUpMoreThanASecond) {
  auto bucket = messages::token_bucket::on_average(100);
  for (int count = 0; count < 100; ++count) bucket.take(1, 3600 * second);
  EXPECT_GT(bucket.ready_at(1, 3600 * second), 3600 * second);
}

TEST(TokenBucket, LetsOneThroughThatIsLargerThanASecondsWorthAndHasItPaidOff) {
  auto bucket = messages::token_bucket::on_average(1000);
  EXPECT_EQ(bucket.ready_at(5000, 0), 0);
  bucket.take(5000, 0);
  EXPECT_EQ(bucket.ready_at(1, 0), 4 * second + millisecond);
}

TEST(TokenBucket, WithoutARateLimitsNothing) {
  auto bucket = messages::token_bucket::on_average(0);
  bucket.take(1'000'000'000, 5);
  EXPECT_EQ(bucket.ready_at(1'000'000'000, 5), 5);
}

// Whatever is wanted when: here, pauses of all lengths after which as much as may go goes.
TEST(TokenBucket, InAnySecondHasNoSecondWithMore) {
  for (const std::uint64_t rate : {1, 2, 3, 10, 15, 99, 100, 1000}) {
    auto bucket = messages::token_bucket::in_any_second(rate);
    std::vector<std::int64_t> passed;
    std::int64_t now = 0;
    for (std::int64_t count = 0; count < 5000; ++count) {
      if (count % 37 == 0) now += (count * 7919 % 1500) * millisecond;
      now = bucket.ready_at(1, now);
      bucket.take(1, now);
      passed.push_back(now);
      if (passed.size() > rate) {
        ASSERT_GT(now - passed[passed.size() - 1 - rate], second) << rate;
      }
    }
  }
}

TEST(TokenBucket, InAnySecondLetsNineTenthsThroughInTheLongRun) {
  auto bucket = messages::token_bucket::in_any_second(100);
  std::int64_t now = 0;
  for (int count = 0; count < 905; ++count) {
    now = bucket.ready_at(1, now);
    bucket.take(1, now);
  }
  EXPECT_NEAR(static_cast<double>(now), 10.0 * second, second * 0.01);
}

TEST(ReconnectPace, DrawsFromABoundThatDoublesUpToTheMaximum) {
  auto made = pace();
  const std::int64_t bounds[] = {1, 2, 4, 8, 16, 16, 16};
  for (const auto bound : bounds) {
    EXPECT_EQ(made.bound(), bound * second);
    const auto next = made.ended(trouble::passing, 0);
    EXPECT_GE(next, 0);
    EXPECT_LE(next, bound * second);
  }
}

TEST(ReconnectPace, DrawsEvenlySoThatAFleetDoesNotComeBackAtOnce) {
  double sum = 0;
  std::int64_t least = INT64_MAX;
  std::int64_t most = 0;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    auto made = pace(seed * 7919);
    for (int count = 0; count < 4; ++count) made.ended(trouble::passing, 0);
    const auto next = made.ended(trouble::passing, 0);
    sum += static_cast<double>(next);
    least = std::min(least, next);
    most = std::max(most, next);
  }
  EXPECT_NEAR(sum / 1000 / second, 8.0, 0.7);
  EXPECT_LT(least, 1 * second);
  EXPECT_GT(most, 15 * second);
}

TEST(ReconnectPace, BeginsAnewOnlyAfterAStableConnection) {
  auto made = pace();
  for (int count = 0; count < 3; ++count) made.ended(trouble::passing, 0);
  made.is_up(0);
  made.ended(trouble::passing, 19 * second);
  EXPECT_EQ(made.bound(), 16 * second);
  made.is_up(30 * second);
  made.ended(trouble::passing, 50 * second);
  EXPECT_EQ(made.bound(), 2 * second);  // the first delay was drawn again
}

TEST(ReconnectPace, TakesItsTimeAfterARefusal) {
  for (const auto why : {trouble::refused, trouble::slow_down}) {
    auto made = pace();
    EXPECT_GE(made.ended(why, 0), 8 * second);
    EXPECT_EQ(made.bound(), 1 * second);
  }
}

TEST(ReconnectPace, TakesTheThirdTakeoverInARowForNoChance) {
  auto made = pace();
  for (int count = 1; count <= 2; ++count) {
    made.is_up(0);
    EXPECT_LE(made.ended(trouble::takeover, 1), 2 * second + 1);
    EXPECT_FALSE(made.is_contested());
  }
  made.is_up(0);
  EXPECT_GE(made.ended(trouble::takeover, 1), 8 * second);
  EXPECT_TRUE(made.is_contested());
  made.is_up(0);
  made.ended(trouble::takeover, 20 * second);  // it held for long enough: counted from one again
  EXPECT_FALSE(made.is_contested());
}

TEST(ReconnectPace, KeepsADistanceBetweenTheBeginningsOfTries) {
  for (std::uint64_t seed = 1; seed < 100; ++seed) {
    auto made = pace(seed, second);
    made.tries(100 * second);
    EXPECT_GE(made.ended(trouble::passing, 100 * second + 1), 101 * second);
  }
}

TEST(Suspicion, SendsOneAtATimeWhatWasUnderWay) {
  mqtt::suspicion made;
  const auto a = digest_of("c", "t", "a");
  const auto b = digest_of("c", "t", "b");
  EXPECT_FALSE(made.is_careful());
  EXPECT_FALSE(made.closed_with(std::vector{a, b}));
  EXPECT_TRUE(made.is_careful());
  made.acquit(a);
  EXPECT_TRUE(made.is_careful());
  made.acquit(b);
  EXPECT_FALSE(made.is_careful());
}

TEST(Suspicion, ConvictsTheOneWithWhichTheConnectionIsClosedThreeTimes) {
  mqtt::suspicion made;
  const auto a = digest_of("c", "t", "a");
  EXPECT_FALSE(made.closed_with(std::vector{a}));
  EXPECT_FALSE(made.closed_with(std::vector{a}));
  EXPECT_TRUE(made.closed_with(std::vector{a}));
}

TEST(Suspicion, CountsAnewForAnotherOneAndForOneThatWasAcknowledged) {
  mqtt::suspicion made;
  const auto a = digest_of("c", "t", "a");
  const auto b = digest_of("c", "t", "b");
  made.closed_with(std::vector{a});
  made.closed_with(std::vector{a});
  EXPECT_FALSE(made.closed_with(std::vector{b}));
  EXPECT_FALSE(made.closed_with(std::vector{a}));
  EXPECT_FALSE(made.closed_with(std::vector{a}));
  made.acquit(a);
  EXPECT_FALSE(made.closed_with(std::vector{a}));
}

TEST(Suspicion, BlamesNobodyWhenNothingWasUnderWay) {
  mqtt::suspicion made;
  EXPECT_FALSE(made.closed_with({}));
  EXPECT_FALSE(made.is_careful());
}

TEST(AcknowledgedMessages, CountEqualOnes) {
  mqtt::acknowledged_messages made;
  const auto a = digest_of("c", "t", "a");
  made.remember(a);
  made.remember(a);
  EXPECT_TRUE(made.take(a));
  EXPECT_TRUE(made.take(a));
  EXPECT_FALSE(made.take(a));
  EXPECT_TRUE(made.empty());
}

TEST(MessageDigest, IsTheSameForTheSameMessageOnly) {
  EXPECT_EQ(digest_of("c", "t", "a"), digest_of("c", "t", "a"));
  EXPECT_NE(digest_of("c", "t", "a"), digest_of("c", "ta", ""));
  EXPECT_NE(digest_of("c", "t", "a"), digest_of("d", "t", "a"));
  EXPECT_EQ(digest_of("c", "t", "a").text().size(), 32U);
}

TEST(MessageDigest, AQuickOneKeepsTopicsAndPayloadsApart) {
  EXPECT_EQ(quick_digest_of("t", "a"), quick_digest_of("t", "a"));
  EXPECT_NE(quick_digest_of("t", "a"), quick_digest_of("t", "b"));
  EXPECT_NE(quick_digest_of("t", "a"), quick_digest_of("u", "a"));
  EXPECT_NE(quick_digest_of("", ""), message_digest{});
}

}  // namespace
}  // namespace tidegate::testing
