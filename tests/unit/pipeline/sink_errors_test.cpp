// What a sink's errors, and answers that are not as they should be, make of its samples and of the sink.
#include <algorithm>

#include "sink_fixture.hpp"

namespace tidegate::pipeline {
namespace {

// Time that stands still until the test lets it pass.
struct still_clock final : observe::clock {
  std::int64_t now_utc() const override { return now; }
  std::int64_t now_monotonic() const override {
    ++asked;
    return now;
  }
  void pass(std::chrono::nanoseconds time) { now += time.count(); }
  std::atomic<std::int64_t> now{1'700'000'000'000'000'000};
  mutable std::atomic<int> asked{0};
};

struct SinkInStillTime : SinkRunnerTest {
  still_clock time;
  plugin::environment with{time, log, metrics, testing::TempDir()};

  void begin_still() {
    runner = std::make_unique<sink_runner>(options, std::uint16_t{1}, sink_component, with);
    ASSERT_TRUE(runner->create().ok());
    way = &runner->add_memory_route("line", {});
    runner->start();
  }
  void end_still() {
    runner->request_drain();
    ASSERT_TRUE(runner->worker().join_until(time.now + 20'000'000'000));
    EXPECT_TRUE(way->ledger().balanced());
  }
};

tidegate_outcome outcome_of(std::uint32_t kind) {
  tidegate_outcome made{};
  made.size = sizeof made;
  made.kind = kind;
  return made;
}

std::size_t count_lines(const observe::recorded_log& in, std::string_view piece) {
  const auto lines = in.lines();
  return static_cast<std::size_t>(std::count_if(
      lines.begin(), lines.end(), [&](const auto& line) { return line.find(piece) != std::string::npos; }));
}

// ---- start

TEST_F(SinkRunnerTest, ASinkThatCanNeverStartFailsAndItsSamplesWait) {
  does.on_start = [] { throw permanent("the certificate was revoked"); };
  begin();
  push(0, 5);
  ASSERT_TRUE(eventually([&] { return runner->life().health().state() == state::failed; }));
  runner->request_drain();
  ASSERT_TRUE(runner->worker().join_until(soon()));
  EXPECT_EQ(runner->life().health().now().state, state::failed);
  EXPECT_EQ(does.starts, 1);
  EXPECT_EQ(way->ledger().waiting, 5u);
}

TEST_F(SinkRunnerTest, ASinkThatWaitsForItsNextStartEndsAtOnce) {
  options.retry.min = options.retry.max = 1h;
  does.on_start = [] { throw temporary("no route to host"); };
  begin();
  push(0, 5);
  ASSERT_TRUE(eventually([&] { return log.has("backing off: no route to host"); }));
  runner->request_stop();
  ASSERT_TRUE(runner->worker().join_until(soon()));
  EXPECT_EQ(runner->life().health().now().state, state::stopped);
  EXPECT_EQ(way->ledger().waiting, 5u);
}

// ---- write

TEST_F(SinkRunnerTest, WhatIsRefusedForGoodIsRejectedAndTheSinkGoesOn) {
  does.on_write = [&](delivery given) {
    bool is_bad = false;
    given.for_each([&](const sample_view& sample) { is_bad = is_bad || sample.value(0).as_u64() == 7; });
    if (is_bad) throw permanent("the topic is too long");
    does.note(given);
    given.delivered();
  };
  begin();
  push(0, 16);
  ASSERT_TRUE(eventually([&] { return way->ledger().waiting == 0; }));
  end();
  auto others = up_to(16);
  others.erase(others.begin() + 7);
  EXPECT_EQ(does.seen, others);
  EXPECT_EQ(way->ledger().discarded(discard_reason::rejected), 1u);
  EXPECT_TRUE(log.has("1 of 1 samples was rejected and is discarded: the topic is too long"));
  EXPECT_EQ(does.starts, 1);
}

TEST_F(SinkRunnerTest, AnErrorAfterTheAnswerOffersNothingAgain) {
  for (const bool lasting : {false, true}) {
    SCOPED_TRACE(lasting);
    int writes = 0;
    does.on_write = [&](delivery given) {
      ++writes;
      given.delivered();
      throw lasting ? permanent("and then it failed") : temporary("and then it failed");
    };
    begin();
    push(0, 5);
    end();
    EXPECT_EQ(writes, 1);
    EXPECT_EQ(way->ledger().delivered, 5u);
    EXPECT_EQ(runner->stray_answers(), 0u);
  }
}

// ---- answers

TEST_F(SinkRunnerTest, AnAnswerThatDoesNotExistLosesNothing) {
  bool first = true;
  does.on_write = [&](delivery given) {
    if (!std::exchange(first, false)) return given.delivered();
    const auto outcome = outcome_of(99);
    does.host->complete(does.host, given.release(), &outcome);
  };
  begin();
  push(0, 5);
  ASSERT_TRUE(eventually([&] { return way->ledger().delivered == 5; }));
  end();
  EXPECT_TRUE(log.has("backing off: the plugin answered with an outcome that does not exist"));
}

TEST_F(SinkRunnerTest, RejectedIndicesThatDoNotAscendAreABugAndLoseNothing) {
  const std::vector<std::uint32_t> wrong[] = {{3, 1}, {2, 2}};
  for (const auto& bad : wrong) {
    bool first = true;
    does.on_write = [&](delivery given) {
      if (std::exchange(first, false)) return given.rejected("nonsense", bad);
      given.delivered();
    };
    begin();
    push(0, 5);
    ASSERT_TRUE(eventually([&] { return way->ledger().delivered == 5; }));
    end();
    EXPECT_EQ(way->ledger().discarded(), 0u);
  }
  EXPECT_TRUE(log.has("the plugin rejected samples that are not in the delivery"));
}

TEST_F(SpooledSinkTest, ASecondAnswerWhileTheFirstIsTakenIsAStray) {
  std::atomic<std::uint64_t> token{0};
  does.on_write = [&](delivery given) {
    token = given.raw().token;
    given.delivered();
  };
  make();
  reader->on_deliver = [&] {
    const auto again = outcome_of(TIDEGATE_RETRY);
    does.host->complete(does.host, token, &again);
  };
  spool_up(0, 5);
  runner->start();
  ASSERT_TRUE(eventually([&] { return reader->ledger().delivered == 5; }));
  finish();
  EXPECT_EQ(runner->stray_answers(), 1u);
  EXPECT_EQ(reader->ledger().waiting, 0u);
}

// ---- rest

// Holds what it is given, sample by sample.
struct HoldingSink : SinkInStillTime {
  std::vector<delivery> held;
  std::atomic<std::size_t> writes{0};

  HoldingSink() {
    options.batch.max_samples = 1;
    options.retry.min = options.retry.max = 1000h;
    does.on_write = [this](delivery given) {
      const std::lock_guard lock{does.mutex};
      held.push_back(std::move(given));
      ++writes;
    };
  }
  std::vector<delivery> take_held() {
    const std::lock_guard lock{does.mutex};
    return std::exchange(held, {});
  }
  void deliver_from_now_on() {
    does.on_write = [](delivery given) { given.delivered(); };
  }
};

TEST_F(HoldingSink, DeliveriesThatFailTogetherAreOneFailure) {
  begin_still();
  push(0, 8);
  ASSERT_TRUE(eventually([&] { return writes == 4; }));
  auto all = take_held();
  for (auto& each : all) each.retry(&each == &all.front() ? "the first" : "a later one");
  EXPECT_EQ(runner->life().health().now().why, "the first") << "its delay holds";
  EXPECT_EQ(count_lines(log, "backing off"), 1u);
  EXPECT_EQ(writes, 4u) << "it rests";
  deliver_from_now_on();
  end_still();
  EXPECT_EQ(way->ledger().delivered, 8u);
}

TEST_F(HoldingSink, RestsAsLongAsItsPeerWantsAlsoIfItRestsAlready) {
  begin_still();
  push(0, 4);
  ASSERT_TRUE(eventually([&] { return writes == 4; }));
  auto all = take_held();
  all[0].retry("throttled", 1h);
  all[1].retry("throttled", 2h);
  all[2].retry("throttled", 1h);
  all[3].retry("broken");
  EXPECT_TRUE(log.has("backing off: throttled; next try in 3600.0 s")) << "no delay of its own";
  time.pass(121min);
  runner->wake();
  ASSERT_TRUE(eventually([&] { return writes == 8; })) << "it does not rest for its own 1000 h";
  for (auto& each : take_held()) each.delivered();
  end_still();
  EXPECT_EQ(way->ledger().delivered, 4u);
}

TEST_F(HoldingSink, IsAskedNoEarlierThanTheLongestThatItsPeerWants) {
  begin_still();
  push(0, 2);
  ASSERT_TRUE(eventually([&] { return writes == 2; }));
  auto all = take_held();
  all[0].retry("throttled", 1h);
  all[1].retry("throttled", 2h);
  deliver_from_now_on();
  push(2, 1);
  time.pass(90min);
  // The strand has looked at what waits, and gone to sleep again, several times.
  const int before = time.asked;
  ASSERT_TRUE(eventually([&] {
    runner->wake();
    return time.asked > before + 50;
  }));
  runner->request_stop();
  ASSERT_TRUE(runner->worker().join_until(time.now + 20'000'000'000));
  EXPECT_EQ(way->ledger().waiting, 3u);
}

TEST_F(HoldingSink, WhatIsRejectedWhileItRestsForThatIsNoOtherFailure) {
  begin_still();
  push(0, 40);
  for (std::size_t rejected = 0; rejected < 36; rejected += 4) {
    ASSERT_TRUE(eventually([&] { return writes == rejected + 4; }));
    for (auto& each : take_held()) each.rejected("403");
  }
  EXPECT_EQ(count_lines(log, "one delivery after the other is rejected: 403"), 1u);
  EXPECT_EQ(way->ledger().discarded(discard_reason::rejected), 36u);
  EXPECT_EQ(writes, 36u) << "it rests";
  deliver_from_now_on();
  end_still();
  EXPECT_EQ(way->ledger().delivered, 4u);
}

// ---- the line in the log

TEST_F(SinkInStillTime, RejectionsThatWereNotToldAreCountedInTheNextLine) {
  does.on_write = [](delivery given) { given.rejected("413"); };
  options.batch.max_samples = 1;
  begin_still();
  push(0, 4);
  ASSERT_TRUE(eventually([&] { return way->ledger().discarded() == 4; }));
  EXPECT_EQ(count_lines(log, "413"), 1u);
  time.pass(2s);
  push(4, 1);
  ASSERT_TRUE(eventually([&] { return way->ledger().discarded() == 5; }));
  EXPECT_TRUE(
      log.has("1 of 1 samples was rejected and is discarded: 413; so it was 3 times since the last "
              "such line"));
  end_still();
}

}  // namespace
}  // namespace tidegate::pipeline
