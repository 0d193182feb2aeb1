// A source on its strand, with a component that does as the test says.
#include "pipeline/source_runner.hpp"

#include "fixture.hpp"

namespace tidegate::pipeline {
namespace {

struct SourceRunnerTest : RunnerTest {
  script does;
  config::instance options = options_for(does, config::component_kind::source, "in");
  collecting_inlet one;
  collecting_inlet two;
  std::unique_ptr<source_runner> runner;

  void begin() {
    runner = std::make_unique<source_runner>(options, std::map<std::string, std::string>{{"site", "x"}},
                                             source_component, environment);
    ASSERT_TRUE(runner->create().ok());
    runner->outlets().add(one);
    runner->outlets().add(two);
    runner->start();
  }
  void end() {
    runner->request_stop();
    ASSERT_TRUE(runner->worker().join_until(soon()));
  }
  static void submit_one(source_host host) {
    batch_builder builder;
    builder.sample(builder.series("s"), 1).field("n", 1u);
    host.submit(builder);
  }
};

TEST_F(SourceRunnerTest, PollsAgainAndAgainAndFansOutByReference) {
  does.on_poll = submit_one;
  begin();
  ASSERT_TRUE(eventually([&] { return two.count() >= 3; }));
  end();
  ASSERT_EQ(one.count(), two.count());
  for (std::size_t index = 0; index < one.count(); ++index)
    EXPECT_EQ(one.batches[index].block(), two.batches[index].block());
  EXPECT_EQ(one.batches[0].view()[0].series().tag("site"), "x");
  EXPECT_EQ(does.stops, 1);
  EXPECT_EQ(runner->life().health().now().state, state::stopped);
}

TEST_F(SourceRunnerTest, ATemporaryErrorDegradesAndTheNextPollRecovers) {
  does.on_poll = [&](source_host host) {
    if (does.polls == 1) throw temporary("device is busy");
    submit_one(host);
  };
  begin();
  ASSERT_TRUE(eventually([&] { return one.count() >= 1; }));
  end();
  EXPECT_TRUE(log.has("source in: degraded: device is busy"));
  EXPECT_TRUE(log.has("source in: running again"));
}

TEST_F(SourceRunnerTest, APermanentErrorStopsItForGood) {
  does.on_poll = [&](source_host) { throw permanent("the device is of another make"); };
  begin();
  ASSERT_TRUE(runner->worker().join_until(soon()));
  EXPECT_EQ(does.polls, 1);
  EXPECT_EQ(does.stops, 1);
  EXPECT_EQ(runner->life().health().now().state, state::failed);
}

TEST_F(SourceRunnerTest, WhatItSaysOfItselfHoldsUntilItSaysOtherwise) {
  does.on_poll = [&](source_host host) {
    submit_one(host);
    if (does.polls == 1) host.away("the device is gone");
    if (does.polls == 5) host.degraded("the device does not answer");
    if (does.polls == 9) host.running();
  };
  begin();
  ASSERT_TRUE(eventually([&] { return log.has("source in: backing off: the device is gone"); }));
  ASSERT_TRUE(eventually([&] { return log.has("source in: degraded: the device does not answer"); }));
  ASSERT_TRUE(eventually([&] { return log.has("source in: running again"); }));
  EXPECT_EQ(runner->life().health().now().state, state::running);
  end();
  // Polls that go well in between are no news.
  EXPECT_EQ(log.lines().size(), 3U);
}

TEST_F(SourceRunnerTest, AnUnknownExceptionIsABugAndFiveQuarantine) {
  does.on_poll = [&](source_host) { throw 42; };
  begin();
  ASSERT_TRUE(runner->worker().join_until(soon()));
  EXPECT_EQ(does.polls, 5);
  EXPECT_EQ(runner->life().health().now().state, state::quarantined);
}

}  // namespace
}  // namespace tidegate::pipeline
