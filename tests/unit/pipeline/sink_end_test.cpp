// The end of a sink: what it still delivers, what it waits for, and what it leaves.
#include "sink_fixture.hpp"

namespace tidegate::pipeline {
namespace {

struct counting_letters final : dead_letters {
  bool keep(const std::string&, const batch_ref&, std::span<const std::uint32_t>, std::string_view) override {
    ++asked;
    return true;
  }
  std::atomic<int> asked{0};
};

TEST_F(SpooledSinkTest, AnAnswerThatIsUnderWayIsWaitedFor) {
  std::vector<delivery> held;
  std::atomic<bool> is_held{false};
  does.on_write = [&](delivery given) {
    held.push_back(std::move(given));
    is_held = true;
  };
  make();
  spool_up(0, 5);
  runner->start();
  ASSERT_TRUE(eventually([&] { return is_held.load(); }));
  runner->request_drain();
  // It must look at least once before the answer comes.
  ASSERT_FALSE(runner->worker().join_until(clock.now_monotonic() + 50'000'000));
  held.front().delivered();
  ASSERT_TRUE(runner->worker().join_until(soon()));
  EXPECT_EQ(reader->ledger().delivered, 5u) << "or it is sent a second time after the next start";
  EXPECT_EQ(reader->ledger().waiting, 0u);
}

// What is in memory is gone after the end, so the rate does not hold it back any longer.
TEST_F(SinkRunnerTest, WhatIsHeldBackInMemoryIsDeliveredAtTheEnd) {
  std::atomic<bool> open{false};
  does.on_write = [&](delivery given) { open ? given.delivered() : given.retry("closed"); };
  options.catch_up_rate = 1;
  options.batch.max_samples = 10;
  begin();
  push(0, 1000);
  ASSERT_TRUE(eventually([&] { return log.has("backing off"); }));
  open = true;
  ASSERT_TRUE(eventually([&] { return way->ledger().delivered != 0; }));
  end();
  EXPECT_EQ(way->ledger().delivered, 1000u);
}

// Two routes are looked at one after the other.
struct TwoRoutes : SpooledSinkTest {
  spool::stream* other = nullptr;
  spool::fake_reader* other_reader = nullptr;

  void make_two() {
    make();
    other = &disk.add_stream("other", {});
    other_reader =
        &static_cast<spool::fake_reader&>(disk.add_reader(*other, "out", {}, [this] { runner->wake(); }));
    runner->add_route("other", std::make_unique<spool_backlog>(*other_reader, clock), nullptr);
  }
  // At the end, when the first route has been found empty: something comes for it.
  void expect_that_late_samples_are_delivered() {
    does.on_write = [](delivery given) { given.delivered(); };
    make_two();
    bool once = true;
    other_reader->on_read = [&] {
      if (std::exchange(once, false)) spool_up(0, 5);
    };
    runner->request_drain();
    runner->start();
    ASSERT_TRUE(runner->worker().join_until(soon()));
    EXPECT_FALSE(once);
    EXPECT_EQ(reader->ledger().delivered, 5u);
  }
};

TEST_F(TwoRoutes, WhatComesWhileTheOtherIsLookedAtIsDeliveredAtTheEnd) {
  expect_that_late_samples_are_delivered();
}

TEST_F(TwoRoutes, SoItIsWhereTheLiveSamplesHaveALaneOfTheirOwn) {
  options.live_first = true;
  expect_that_late_samples_are_delivered();
}

// The dead letters may mean a disk that does not answer.
TEST_F(SpooledSinkTest, WhatIsRejectedStaysInTheSpoolIfThereIsTroubleAtTheEnd) {
  counting_letters kept;
  letters = &kept;
  std::vector<delivery> held;
  options.batch.max_samples = 1;
  does.on_write = [&](delivery given) {
    held.push_back(std::move(given));
    if (held.size() != 3) return;
    runner->request_drain();
    held[0].rejected("bad");
    held[1].retry("peer went away");
    held[2].delivered();
  };
  make();
  spool_up(0, 3);
  runner->start();
  ASSERT_TRUE(runner->worker().join_until(soon()));
  EXPECT_EQ(kept.asked, 0);
  EXPECT_EQ(reader->ledger().delivered, 1u);
  EXPECT_EQ(reader->ledger().waiting, 2u);
  EXPECT_EQ(reader->settled_numbers(), std::set<std::uint64_t>{2});
}

// ---- another instance

struct SinkExchange : SinkRunnerTest {
  script next_does;
  config::instance next_options = options_for(next_does, config::component_kind::sink, "out");

  void exchange(std::int64_t patience_until) {
    plugin::result said;
    auto next = runner->life().prepare(next_options, sink_component, said);
    ASSERT_TRUE(said.ok());
    runner->request_exchange(std::move(next), next_options, patience_until);
  }
};

TEST_F(SinkExchange, WaitsForTheAnswersAndOffersNothingTwice) {
  std::vector<delivery> held;
  std::atomic<int> written{0};
  does.on_write = [&](delivery given) {
    held.push_back(std::move(given));
    ++written;
  };
  next_does.on_write = [&](delivery given) {
    ++written;
    given.delivered();
  };
  begin();
  push(0, 3);
  ASSERT_TRUE(eventually([&] { return written == 1; }));
  exchange(soon());
  push(3, 3);
  ASSERT_FALSE(runner->worker().join_until(clock.now_monotonic() + 50'000'000));
  EXPECT_EQ(does.stops, 0);
  held.front().delivered();
  EXPECT_TRUE(runner->is_exchanged(soon()));
  ASSERT_TRUE(eventually([&] { return way->ledger().delivered == 6; }));
  EXPECT_EQ(written, 2) << "what was answered is not offered to the next one";
  EXPECT_EQ(runner->stray_answers(), 0u);
  EXPECT_EQ(does.stops, 1);
  end();
  EXPECT_EQ(next_does.starts, 1);
}

TEST_F(SinkExchange, OffersWhatIsNotAnsweredInTimeToTheNextOne) {
  std::vector<delivery> held;
  std::atomic<bool> is_written{false};
  does.on_write = [&](delivery given) {
    held.push_back(std::move(given));
    is_written = true;
  };
  does.on_destroy = [&] { held.clear(); };
  next_does.on_write = [&](delivery given) { given.delivered(); };
  begin();
  push(0, 3);
  ASSERT_TRUE(eventually([&] { return is_written.load(); }));
  exchange(clock.now_monotonic());
  EXPECT_TRUE(runner->is_exchanged(soon()));
  EXPECT_TRUE(eventually([&] { return way->ledger().delivered == 3; }));
  EXPECT_TRUE(held.empty());
  end();
}

TEST_F(SinkExchange, BringsBackOneThatHadFailedForGood) {
  does.on_start = [] { throw permanent("the certificate was revoked"); };
  next_does.on_write = [&](delivery given) { given.delivered(); };
  begin();
  push(0, 3);
  ASSERT_TRUE(eventually([&] { return runner->life().health().state() == state::failed; }));
  exchange(soon());
  EXPECT_TRUE(runner->is_exchanged(soon()));
  EXPECT_TRUE(eventually([&] { return way->ledger().delivered == 3; }));
  end();
}

}  // namespace
}  // namespace tidegate::pipeline
