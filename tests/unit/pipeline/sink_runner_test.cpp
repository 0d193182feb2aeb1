// A sink on its strand, with a component that does as the test says.
#include "sink_fixture.hpp"

namespace tidegate::pipeline {
namespace {

TEST_F(SinkRunnerTest, DeliversEverythingInOrderAndDrainsAtTheEnd) {
  does.on_write = [&](delivery given) {
    does.note(given);
    given.delivered();
  };
  begin();
  for (std::uint64_t first = 0; first < 1000; first += 10) push(first, 10);
  end();
  EXPECT_EQ(does.seen, up_to(1000));
  EXPECT_EQ(way->ledger().delivered, 1000u);
  EXPECT_EQ(does.starts, 1);
  EXPECT_EQ(does.stops, 1);
}

TEST_F(SinkRunnerTest, RetriesUntilItIsDeliveredInOrder) {
  int refusals = 5;
  does.on_write = [&](delivery given) {
    if (refusals-- > 0) return given.retry("peer is away");
    does.note(given);
    given.delivered();
  };
  begin();
  push(0, 10);
  push(10, 10);
  ASSERT_TRUE(eventually([&] { return way->ledger().delivered == 20; }));
  end();
  EXPECT_EQ(does.seen, up_to(20));
  EXPECT_TRUE(log.has("sink out: backing off: peer is away"));
  EXPECT_TRUE(log.has("sink out: running again"));
}

TEST_F(SinkRunnerTest, ASourceIsToldOnceItsSamplesAreDelivered) {
  std::atomic<bool> open{false};
  does.on_write = [&](delivery given) { open ? given.delivered() : given.retry("closed"); };
  begin();
  // Told with no lock held, or asking for the ledger would never return.
  std::atomic<std::uint64_t> delivered_when_told{0};
  way->push(make_batch(0, 5), claim_that([&] { delivered_when_told = way->ledger().delivered; }),
            never.get_token());
  ASSERT_TRUE(eventually([&] { return log.has("backing off"); }));
  EXPECT_EQ(delivered_when_told, 0u);
  open = true;
  ASSERT_TRUE(eventually([&] { return delivered_when_told == 5; }));
  end();
}

TEST_F(SinkRunnerTest, ASourceIsToldOfSamplesThatAreRejectedToo) {
  std::atomic<bool> open{false};
  does.on_write = [&](delivery given) { open ? given.rejected("no use") : given.retry("closed"); };
  config::buffer limits;
  limits.max_samples = 5;
  begin(limits);
  std::atomic<int> told{0};
  const auto note = [&] {
    (void)way->ledger();
    ++told;
  };
  way->push(make_batch(0, 5), claim_that(note), never.get_token());
  ASSERT_TRUE(eventually([&] { return log.has("backing off"); }));
  open = true;
  end();
  EXPECT_EQ(way->ledger().waiting, 0u);
  EXPECT_EQ(way->ledger().discarded(discard_reason::rejected), 5u);
  EXPECT_EQ(told, 1);
}

TEST_F(SinkRunnerTest, SamplesThatMayHaveArrivedAreOfferedAgainAndCounted) {
  int doubts = 2;
  does.on_write = [&](delivery given) {
    if (doubts-- > 0) return given.ambiguous("connection lost after the request");
    does.note(given);
    given.delivered();
  };
  begin();
  push(0, 10);
  ASSERT_TRUE(eventually([&] { return way->ledger().delivered == 10; }));
  end();
  EXPECT_EQ(does.seen, up_to(10));
  EXPECT_EQ(runner->routes().front().possible_duplicates, 20u);
}

// What has piled up passes at the rate, what comes then at once.
TEST_F(SinkRunnerTest, CatchesUpAtItsRateAndHoldsBackNothingAfterwards) {
  const auto began = clock.now_monotonic();
  std::vector<std::int64_t> times;
  std::atomic<bool> open{false};
  does.on_write = [&](delivery given) {
    if (!open) return given.retry("closed");
    times.push_back(clock.now_monotonic());
    given.delivered();
  };
  options.catch_up_rate = 1000;
  options.batch.max_samples = 100;
  begin();
  push(0, 1400);
  ASSERT_TRUE(eventually([&] { return log.has("backing off"); }));
  open = true;
  ASSERT_TRUE(eventually([&] { return way->ledger().delivered == 1400; }));
  // A second's worth was there from the start on; more than that must have been waited for.
  EXPECT_GE(times.back() - began, 300'000'000);
  const auto deliveries = times.size();
  push(1400, 5000);
  ASSERT_TRUE(eventually([&] { return way->ledger().delivered == 6400; }));
  EXPECT_EQ(times.size(), deliveries + 50) << "as large as a delivery may be";
  end();
}

TEST_F(SinkRunnerTest, AnExceptionOutOfWriteIsTheAnswer) {
  bool thrown = false;
  does.on_write = [&](delivery given) {
    if (!std::exchange(thrown, true)) throw temporary("disk is full");
    given.delivered();
  };
  begin();
  push(0, 3);
  ASSERT_TRUE(eventually([&] { return way->ledger().delivered == 3; }));
  end();
  EXPECT_TRUE(log.has("backing off: disk is full"));
}

TEST_F(SinkRunnerTest, AnswersFromAnotherThreadInAnyOrder) {
  std::mutex mutex;
  std::vector<delivery> held;
  does.on_write = [&](delivery given) {
    does.note(given);
    const std::lock_guard lock{mutex};
    held.push_back(std::move(given));
  };
  options.batch.max_samples = 1;
  begin();
  push(0, 4);
  ASSERT_TRUE(eventually([&] {
    const std::lock_guard lock{mutex};
    return held.size() == 4;
  }));
  std::thread other{[&] {
    const std::lock_guard lock{mutex};
    while (!held.empty()) {
      held.back().delivered();
      held.pop_back();
    }
  }};
  other.join();
  end();
  EXPECT_EQ(way->ledger().delivered, 4u);
}

TEST_F(SinkRunnerTest, HandsOverNoMoreThanTheWindow) {
  std::mutex mutex;
  std::vector<delivery> held;
  std::atomic<std::size_t> most{0};
  does.on_write = [&](delivery given) {
    const std::lock_guard lock{mutex};
    held.push_back(std::move(given));
    most = std::max(most.load(), held.size());
  };
  options.batch.max_samples = 1;
  begin();
  push(0, 50);
  while (way->ledger().delivered < 50) {
    const std::lock_guard lock{mutex};
    if (held.empty()) continue;
    held.back().delivered();
    held.pop_back();
  }
  end();
  EXPECT_LE(most, 4u);
  EXPECT_GE(most, 2u);
}

TEST_F(SinkRunnerTest, DoubleAndForeignAnswersAreCountedAndHarmless) {
  does.on_write = [&](delivery given) {
    const auto token = given.raw().token;
    given.delivered();
    tidegate_outcome again{};
    again.size = sizeof again;
    does.host->complete(does.host, token, &again);
    does.host->complete(does.host, 12345, &again);
  };
  begin();
  push(0, 5);
  end();
  EXPECT_EQ(way->ledger().delivered, 5u);
  EXPECT_EQ(runner->stray_answers(), 2u);
  EXPECT_TRUE(log.has("plugin misbehaving"));
}

TEST_F(SinkRunnerTest, WhatIsUnansweredAtTheEndIsStillWaiting) {
  std::vector<delivery> held;
  does.on_write = [&](delivery given) { held.push_back(std::move(given)); };
  begin();
  push(0, 5);
  ASSERT_TRUE(eventually([&] { return log.lines().empty() && way->ledger().waiting == 5; }));
  runner->request_stop();
  ASSERT_TRUE(runner->worker().join_until(soon()));
  EXPECT_EQ(way->ledger().waiting, 5u);
  held.clear();  // answers *retry* after the stop: a stray, if it was handed over at all
  EXPECT_EQ(way->ledger().waiting, 5u);
}

TEST_F(SinkRunnerTest, StartIsTriedAgainUntilItSucceeds) {
  does.on_start = [&] {
    if (does.starts < 4) throw temporary("no route to host");
  };
  does.on_write = [&](delivery given) { given.delivered(); };
  begin();
  push(0, 5);
  ASSERT_TRUE(eventually([&] { return way->ledger().delivered == 5; }));
  end();
  EXPECT_EQ(does.starts, 4);
  EXPECT_EQ(does.stops, 1);
}

TEST_F(SinkRunnerTest, ASinkInTroubleDoesNotHoldTheEndUp) {
  options.retry.min = options.retry.max = 1h;
  does.on_write = [&](delivery given) { given.retry("peer is away"); };
  begin();
  push(0, 5);
  ASSERT_TRUE(eventually([&] { return log.has("backing off"); }));
  end();
  EXPECT_EQ(way->ledger().waiting, 5u);
}

TEST_F(SinkRunnerTest, FiveBugsInARowQuarantineItAndItsSamplesWait) {
  does.on_write = [&](delivery) { throw std::logic_error{"oops"}; };
  begin();
  push(0, 5);
  ASSERT_TRUE(eventually([&] { return runner->life().health().now().state == state::quarantined; }));
  end();
  EXPECT_EQ(way->ledger().waiting, 5u);
  EXPECT_EQ(does.stops, 1);
}

TEST_F(SinkRunnerTest, AHungSinkDelaysNoOther) {
  script hangs;
  std::atomic<bool> release{false};
  hangs.on_write = [&](delivery given) {
    while (!release) std::this_thread::sleep_for(1ms);
    given.delivered();
  };
  const auto hanging_options = options_for(hangs, config::component_kind::sink, "hangs");
  sink_runner hanging{hanging_options, 2, sink_component, environment};
  ASSERT_TRUE(hanging.create().ok());
  auto& hanging_way = hanging.add_memory_route("line", {});
  hanging.start();
  does.on_write = [&](delivery given) { given.delivered(); };
  begin();
  for (std::uint64_t first = 0; first < 100; ++first) {
    hanging_way.push(make_batch(first, 1), {}, never.get_token());
    push(first, 1);
  }
  ASSERT_TRUE(eventually([&] { return way->ledger().delivered == 100; }));
  EXPECT_TRUE(eventually([&] {
    const auto call = hanging.worker().current_call();
    return call && call->function == std::string_view{"write"};
  }));
  release = true;
  hanging.request_drain();
  ASSERT_TRUE(hanging.worker().join_until(soon()));
  EXPECT_EQ(hanging_way.ledger().delivered, 100u);
  end();
}

TEST_F(SinkRunnerTest, ABlockedPushIsReleasedByRoomAndByGivingUp) {
  std::atomic<bool> open{false};
  does.on_write = [&](delivery given) { open ? given.delivered() : given.retry("closed"); };
  config::buffer limits;
  limits.max_samples = 10;
  limits.when_full = config::when_full::block;
  begin(limits);
  push(0, 10);
  std::stop_source giving_up;
  std::atomic<int> result{-1};
  std::thread pusher{[&] { result = way->push(make_batch(10, 5), {}, giving_up.get_token()) ? 1 : 0; }};
  giving_up.request_stop();
  pusher.join();
  EXPECT_EQ(result, 0);
  EXPECT_EQ(way->ledger().accepted, 10u);
  std::thread again{[&] { result = way->push(make_batch(10, 5), {}, never.get_token()) ? 1 : 0; }};
  open = true;
  again.join();
  EXPECT_EQ(result, 1);
  ASSERT_TRUE(eventually([&] { return way->ledger().delivered == 15; }));
  end();
}

}  // namespace
}  // namespace tidegate::pipeline
