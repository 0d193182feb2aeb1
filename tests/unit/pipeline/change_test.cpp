// What makes a change of a running gateway possible: a fan-out that is led elsewhere, and a strand that is
// asked.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "fixture.hpp"
#include "pipeline/inlet.hpp"
#include "pipeline/memory_backlog.hpp"
#include "pipeline/strand_change.hpp"

namespace tidegate::pipeline {
namespace {

using namespace std::chrono_literals;

struct ChangeTest : RunnerTest {};

TEST_F(ChangeTest, AClosedFanOutHoldsPushesAndLeadsThemToWhereItWasLedMeanwhile) {
  collecting_inlet before;
  collecting_inlet after;
  fan_out way;
  way.add(before);
  way.close();
  EXPECT_TRUE(way.wait_until_idle(0ms));
  std::atomic<bool> is_pushed{false};
  std::thread pusher{[&] { is_pushed = way.push(make_batch(0, 3), {}, never.get_token()); }};
  way.lead_to({borrowed(after)});
  EXPECT_FALSE(is_pushed);
  way.open();
  pusher.join();
  EXPECT_TRUE(is_pushed);
  EXPECT_EQ(before.batches.size(), 0u);
  EXPECT_EQ(after.batches.size(), 1u);
}

TEST_F(ChangeTest, APushThatGivesUpBeforeAClosedFanOutTakesNothing) {
  collecting_inlet to;
  fan_out way;
  way.add(to);
  way.close();
  std::stop_source giving_up;
  giving_up.request_stop();
  EXPECT_FALSE(way.push(make_batch(0, 3), {}, giving_up.get_token()));
  EXPECT_EQ(to.batches.size(), 0u);
}

TEST_F(ChangeTest, APushThatWaitsKeepsWhatItWasLedToAndIsNoneOfTheNext) {
  config::buffer small;
  small.max_samples = 1;
  small.when_full = config::when_full::block;
  auto full = std::make_shared<memory_backlog>(small, clock, [] {});
  collecting_inlet after;
  fan_out way;
  way.lead_to({full});
  ASSERT_TRUE(way.push(make_batch(0, 1), {}, never.get_token()));
  std::thread pusher{[&] { way.push(make_batch(1, 1), {}, never.get_token()); }};
  ASSERT_TRUE(eventually([&] { return !way.wait_until_idle(0ms); }));
  way.lead_to({borrowed(after)});
  std::weak_ptr<memory_backlog> seen = full;
  EXPECT_GT(full.use_count(), 1);
  full->close();
  pusher.join();
  full.reset();
  EXPECT_TRUE(seen.expired());
  EXPECT_EQ(after.batches.size(), 0u);
}

TEST_F(ChangeTest, ALimitThatIsRaisedLetsInWhoWaits) {
  config::buffer small;
  small.max_samples = 1;
  small.when_full = config::when_full::block;
  memory_backlog full{small, clock, [] {}};
  ASSERT_TRUE(full.push(make_batch(0, 1), {}, never.get_token()));
  std::atomic<bool> is_taken{false};
  std::thread pusher{[&] { is_taken = full.push(make_batch(1, 1), {}, never.get_token()); }};
  small.max_samples = 10;
  full.set_limits(small);
  pusher.join();
  EXPECT_TRUE(is_taken);
  EXPECT_EQ(full.ledger().waiting, 2u);
}

TEST_F(ChangeTest, AStrandThatDoesNotComeToItMakesNoChangeLater) {
  strand_change change;
  int made = 0;
  change.request([&] { ++made; });
  EXPECT_FALSE(change.wait_until(clock.now_monotonic(), clock));
  EXPECT_FALSE(change.make());
  change.request([&] { ++made; });
  std::thread strand{[&] { EXPECT_TRUE(change.make()); }};
  EXPECT_TRUE(change.wait_until(soon(), clock));
  strand.join();
  EXPECT_EQ(made, 1);
}

}  // namespace
}  // namespace tidegate::pipeline
