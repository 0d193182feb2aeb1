#include "pipeline/health.hpp"

#include <gtest/gtest.h>

#include "recorded_log.hpp"

namespace tidegate::pipeline {
namespace {

struct HealthTest : testing::Test {
  observe::recorded_log log;
  observe::system_clock clock;
  health of{"sink x", log, clock};
};

TEST_F(HealthTest, TellsOfAChangeOnce) {
  of.running();
  for (int count = 0; count < 10; ++count) of.backing_off("peer is away", 2'000'000'000);
  EXPECT_EQ(log.lines(), std::vector<std::string>{"sink x: backing off: peer is away; next try in 2.0 s"});
}

TEST_F(HealthTest, TellsThatAnInstanceIsAwayWhichTriesAgainByItself) {
  of.running();
  for (int count = 0; count < 10; ++count) of.away("the device is gone");
  EXPECT_EQ(of.now().state, state::backing_off);
  of.running();
  EXPECT_EQ(log.lines(),
            (std::vector<std::string>{"sink x: backing off: the device is gone", "sink x: running again"}));
}

TEST_F(HealthTest, TellsThatItIsRunningAgain) {
  of.running();
  of.degraded("no answer");
  of.running();
  EXPECT_EQ(log.lines().back(), "sink x: running again");
  EXPECT_EQ(of.now().state, state::running);
}

TEST_F(HealthTest, IsQuarantinedAfterFiveBrokenContractsInARow) {
  of.running();
  for (int count = 1; count < health::bugs_max; ++count) EXPECT_FALSE(of.bug("poll: oh"));
  EXPECT_TRUE(of.bug("poll: oh"));
  EXPECT_EQ(of.now().state, state::quarantined);
  EXPECT_EQ(log.lines().back(),
            "sink x: quarantined after 5 broken contracts in a row, the last: poll: oh; it is not called "
            "again until a reload or the next start");
}

TEST_F(HealthTest, ASuccessInBetweenStartsTheCountAgain) {
  for (int count = 0; count < 20; ++count) {
    EXPECT_FALSE(of.bug("poll: oh"));
    of.running();
  }
}

TEST_F(HealthTest, StoppingKeepsTheWordOnWhatFailed) {
  of.failed("no such device");
  of.stopped();
  EXPECT_EQ(of.now().state, state::failed);
}

}  // namespace
}  // namespace tidegate::pipeline
