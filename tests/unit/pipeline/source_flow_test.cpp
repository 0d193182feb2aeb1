// What the flow that a source declares makes of its samples.
#include "gated_inlet.hpp"
#include "pipeline/memory_backlog.hpp"
#include "pipeline/source_runner.hpp"

namespace tidegate::pipeline {
namespace {

class replayable_source : public scripted_source {
 public:
  static constexpr auto flow = tidegate::flow::replayable;
  replayable_source(source_host host, const options& given)
      : scripted_source{host, given}, script_{script_of(given)} {
    script_.host = host.raw();
  }
  void acknowledge(std::uint64_t mark) { script_.on_acknowledge(mark); }

 private:
  script& script_;
};

class lossy_source : public scripted_source {
 public:
  static constexpr auto flow = tidegate::flow::lossy;
  using scripted_source::scripted_source;
};

void submit(source_host host, std::uint64_t number) {
  batch_builder builder;
  builder.sample(builder.series("s"), 1000).field("n", number);
  if (!host.submit(builder)) throw permanent("it was stopped");
}
bool submit_marked(source_host host, std::uint64_t mark) {
  batch_builder builder;
  builder.sample(builder.series("s"), 1000).field("n", mark);
  return host.submit(builder, mark);
}

struct FlowTest : RunnerTest {
  script does;
  config::instance options = options_for(does, config::component_kind::source, "in");
  gated_inlet one;
  gated_inlet two;
  std::unique_ptr<source_runner> runner;
  std::mutex mutex;
  std::vector<std::uint64_t> acknowledged_marks;

  FlowTest() {
    does.on_acknowledge = [this](std::uint64_t mark) { note(mark); };
  }
  void note(std::uint64_t mark) {
    const std::lock_guard lock{mutex};
    acknowledged_marks.push_back(mark);
  }
  std::vector<std::uint64_t> acknowledged() {
    const std::lock_guard lock{mutex};
    return acknowledged_marks;
  }
  bool are_acknowledged(const std::vector<std::uint64_t>& wanted) {
    return eventually([&] { return acknowledged() == wanted; });
  }

  template <class Component>
  void begin() {
    source_component.source = &source<Component>::functions;
    runner = std::make_unique<source_runner>(options, std::map<std::string, std::string>{}, source_component,
                                             environment);
    ASSERT_TRUE(runner->create().ok());
    runner->outlets().add(one);
    runner->outlets().add(two);
    runner->start();
  }
  void begin_without_gates() {
    one.open();
    two.open();
    begin<replayable_source>();
  }
  source_host host() const { return source_host{does.host}; }
  void wait_for_start() {
    ASSERT_TRUE(eventually([&] { return runner->life().health().state() == state::running; }));
  }
  bool has_ended() { return runner->worker().join_until(clock.now_monotonic() + 1); }
  void end() {
    runner->request_stop();
    ASSERT_TRUE(runner->worker().join_until(soon()));
  }
};

// ---- Replayable

TEST_F(FlowTest, AReplayableSourceIsToldWhenEveryPipelineHasLetGo) {
  does.on_poll = [&](source_host host) {
    if (does.polls <= 2) submit_marked(host, static_cast<std::uint64_t>(does.polls));
  };
  begin_without_gates();
  ASSERT_TRUE(eventually([&] { return two.count() == 2 && does.polls > 3; }));
  one.let_go();
  const int seen = does.polls;
  ASSERT_TRUE(eventually([&] { return does.polls > seen + 2; }));
  EXPECT_EQ(acknowledged(), std::vector<std::uint64_t>{}) << "the other pipeline has them still";
  two.let_go();
  EXPECT_TRUE(are_acknowledged({1, 2}));
  end();
}

TEST_F(FlowTest, IsToldOnItsStrandWhoeverLetsGo) {
  std::atomic<std::thread::id> strand;
  std::atomic<std::thread::id> told_on;
  does.on_poll = [&](source_host host) {
    strand = std::this_thread::get_id();
    if (does.polls == 1) submit_marked(host, 1);
  };
  does.on_acknowledge = [&](std::uint64_t mark) {
    told_on = std::this_thread::get_id();
    note(mark);
  };
  begin_without_gates();
  ASSERT_TRUE(eventually([&] { return two.count() == 1; }));
  one.let_go();
  two.let_go();
  ASSERT_TRUE(are_acknowledged({1}));
  EXPECT_EQ(strand.load(), told_on.load());
  end();
}

TEST_F(FlowTest, IsToldOfWhatItSubmitsFromThreadsOfItsOwn) {
  does.on_poll = [](source_host) {};
  options.interval = 1h;
  begin_without_gates();
  wait_for_start();
  for (std::uint64_t mark = 0; mark < 3; ++mark) EXPECT_TRUE(submit_marked(host(), mark));
  one.let_go();
  two.let_go();
  EXPECT_TRUE(are_acknowledged({0, 1, 2}));
  end();
}

TEST_F(FlowTest, WhatHadNoSamplesIsAcknowledgedToo) {
  options.interval = 1h;
  begin_without_gates();
  wait_for_start();
  batch_builder nothing;
  EXPECT_TRUE(host().submit(nothing, 7));
  EXPECT_TRUE(are_acknowledged({7}));
  end();
}

TEST_F(FlowTest, AMarkOfSeveralBlocksIsAcknowledgedOnceWithTheLast) {
  options.interval = 1h;
  begin_without_gates();
  wait_for_start();
  batch_builder part;
  part.sample(part.series("s"), 1).field("n", 1u);
  EXPECT_TRUE(host().submit_part(part, 7));
  one.let_go();
  two.let_go();
  EXPECT_TRUE(submit_marked(host(), 8));
  one.let_go();
  two.let_go();
  ASSERT_TRUE(are_acknowledged({8}));
  EXPECT_TRUE(submit_marked(host(), 7));
  one.let_go();
  two.let_go();
  EXPECT_TRUE(are_acknowledged({8, 7}));
  end();
}

TEST_F(FlowTest, WhatNeedsNoAcknowledgementBearsNoClaim) {
  options.interval = 1h;
  begin_without_gates();
  wait_for_start();
  submit(host(), 1);
  ASSERT_EQ(one.count(), 1u);
  EXPECT_EQ(one.claims[0], nullptr);
  end();
}

TEST_F(FlowTest, IsToldNothingAfterItWasStopped) {
  options.interval = 1h;
  begin_without_gates();
  wait_for_start();
  submit_marked(host(), 1);
  end();
  one.let_go();
  two.let_go();
  EXPECT_EQ(does.stops, 1);
  EXPECT_EQ(acknowledged(), std::vector<std::uint64_t>{});
  EXPECT_FALSE(submit_marked(host(), 2)) << "nor is anything taken of it";
}

TEST_F(FlowTest, ClaimsThatOutliveTheRunnerAreHarmless) {
  options.interval = 1h;
  begin_without_gates();
  wait_for_start();
  submit_marked(host(), 1);
  end();
  runner.reset();
  one.let_go();
  two.let_go();
  EXPECT_EQ(acknowledged(), std::vector<std::uint64_t>{});
}

TEST_F(FlowTest, DrainedItIsStoppedOnceAllOfItsMarksAreAcknowledged) {
  options.interval = 1h;
  begin_without_gates();
  wait_for_start();
  submit_marked(host(), 1);
  batch_builder part;
  part.sample(part.series("s"), 1).field("n", 1u);
  EXPECT_TRUE(host().submit_part(part, 7)) << "never completed, and so not waited for";
  runner->request_drain();
  EXPECT_FALSE(submit_marked(host(), 2)) << "nothing new is begun";
  EXPECT_THROW(submit(host(), 3), error);
  EXPECT_FALSE(has_ended());
  EXPECT_EQ(does.stops, 0);
  one.let_go();
  two.let_go();
  ASSERT_TRUE(runner->worker().join_until(soon()));
  EXPECT_EQ(acknowledged(), std::vector<std::uint64_t>{1});
  EXPECT_EQ(does.stops, 1);
}

TEST_F(FlowTest, DrainedItNeedNotWaitForWhatNoPipelineHas) {
  does.on_poll = [](source_host host) {
    if (!submit_marked(host, 1)) throw temporary("it was not taken");
  };
  one.open();
  begin<replayable_source>();
  ASSERT_TRUE(eventually([&] { return two.is_waited_for(); }));
  runner->request_drain();
  one.let_go();
  ASSERT_TRUE(runner->worker().join_until(soon()));
  EXPECT_EQ(acknowledged(), std::vector<std::uint64_t>{}) << "one pipeline of two has it";
}

TEST_F(FlowTest, AStopEndsTheWaitForAcknowledgements) {
  options.interval = 1h;
  begin_without_gates();
  wait_for_start();
  submit_marked(host(), 1);
  runner->request_drain();
  EXPECT_FALSE(has_ended());
  end();
  EXPECT_EQ(does.stops, 1);
}

TEST_F(FlowTest, AnErrorOfAcknowledgeIsAStateUntilOneSucceeds) {
  does.on_poll = [](source_host) {};
  does.on_acknowledge = [&](std::uint64_t mark) {
    note(mark);
    if (mark == 1) throw temporary("the disk is full");
  };
  begin_without_gates();
  wait_for_start();
  submit_marked(host(), 1);
  one.let_go();
  two.let_go();
  ASSERT_TRUE(eventually([&] { return runner->life().health().state() == state::degraded; }));
  const int seen = does.polls;
  ASSERT_TRUE(eventually([&] { return does.polls > seen + 2; }));
  EXPECT_EQ(runner->life().health().now().why, "acknowledge: the disk is full") << "polls do not mend it";
  submit_marked(host(), 2);
  one.let_go();
  two.let_go();
  EXPECT_TRUE(eventually([&] { return runner->life().health().state() == state::running; }));
  end();
  EXPECT_EQ(acknowledged(), (std::vector<std::uint64_t>{1, 2})) << "each once, also the one that failed";
}

TEST_F(FlowTest, FiveBrokenAcknowledgementsQuarantine) {
  options.interval = 1h;
  does.on_acknowledge = [&](std::uint64_t) { throw 42; };
  begin_without_gates();
  wait_for_start();
  for (std::uint64_t mark = 0; mark < 7; ++mark) submit_marked(host(), mark);
  one.let_go();
  two.let_go();
  ASSERT_TRUE(runner->worker().join_until(soon()));
  EXPECT_EQ(runner->life().health().state(), state::quarantined);
  EXPECT_EQ(does.stops, 1);
}

TEST_F(FlowTest, TooManyIncompleteMarksAreABug) {
  options.interval = 1h;
  begin_without_gates();
  wait_for_start();
  const auto submit_part = [&](std::uint64_t mark) {
    batch_builder part;
    part.sample(part.series("s"), 1).field("n", mark);
    host().submit_part(part, mark);
  };
  for (std::uint64_t mark = 0; mark < 256; ++mark) submit_part(mark);
  EXPECT_THROW(submit_part(256), error);
  EXPECT_TRUE(log.has("source in: plugin misbehaves: more than 256 marks continue; a batch was discarded"));
  end();
}

// What its samples must not be: dropped, thinned out, or overtaken by the mark.
struct FullPipelineTest : FlowTest, testing::WithParamInterface<config::when_full> {};

TEST_P(FullPipelineTest, AReplayableSourceWaitsAndALossyOneBesideItDoesNot) {
  options.interval = 1h;
  config::buffer limits;
  limits.max_samples = 4;
  limits.when_full = GetParam();
  memory_backlog full{limits, clock, {}};
  begin_without_gates();
  wait_for_start();
  runner->outlets().add(full);
  std::atomic<std::uint64_t> submitted{0};
  std::thread plugin{[&] {
    for (std::uint64_t mark = 0; mark < 12; ++mark) {
      submit_marked(host(), mark);
      ++submitted;
    }
  }};
  EXPECT_TRUE(eventually([&] { return submitted == 4; }));
  if (GetParam() != config::when_full::block) {
    for (std::uint64_t number = 100; number < 110; ++number)
      EXPECT_TRUE(full.push(make_batch(number, 1), {}, never.get_token()));
  }
  std::vector<std::uint64_t> seen;
  EXPECT_TRUE(eventually([&] {
    std::vector<part> parts;
    full.take_one(parts);
    for (const auto& each : parts) seen.push_back(each.batch.view()[each.first].find("n")->as_u64());
    if (!parts.empty()) full.deliver(parts);
    return submitted == 12 && !full.has_more();
  }));
  plugin.join();
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  end();
}

TEST_P(FullPipelineTest, AReplayableSourceThatWaitsCanBeStopped) {
  options.interval = 1h;
  config::buffer limits;
  limits.max_samples = 1;
  limits.when_full = GetParam();
  memory_backlog full{limits, clock, {}};
  begin_without_gates();
  wait_for_start();
  runner->outlets().add(full);
  ASSERT_TRUE(submit_marked(host(), 0));
  std::atomic<bool> was_taken{true};
  std::thread plugin{[&] { was_taken = submit_marked(host(), 1); }};
  one.let_go();
  two.let_go();
  EXPECT_TRUE(eventually([&] { return one.count() == 2; })) << "it is in the pipeline before";
  end();
  plugin.join();
  EXPECT_FALSE(was_taken);
  EXPECT_EQ(full.ledger().waiting, 1u);
  EXPECT_EQ(full.ledger().discarded(), 0u);
}

INSTANTIATE_TEST_SUITE_P(WhenFull, FullPipelineTest,
                         testing::Values(config::when_full::block, config::when_full::drop_oldest,
                                         config::when_full::drop_newest, config::when_full::thin_out));

TEST_F(FlowTest, GivesTheCreditOfTheFullestPipeline) {
  options.interval = 1h;
  begin_without_gates();
  wait_for_start();
  EXPECT_EQ(host().credit(), UINT64_MAX);
  config::buffer limits;
  limits.max_bytes = 1000;
  memory_backlog fullest{limits, clock, {}};
  fan_out way;
  way.add(one);
  way.add(fullest);
  fullest.push(make_batch(0, 2), {}, never.get_token());
  EXPECT_EQ(way.credit(), 1000 - make_batch(0, 2).view().bytes());
  end();
}

TEST_F(FlowTest, CountsWhatIsNotAcknowledged) {
  options.interval = 1h;
  begin_without_gates();
  wait_for_start();
  auto* gauge = metrics.make("source in", observe::metric_kind::gauge, "unacknowledged_marks", "");
  submit_marked(host(), 1);
  submit_marked(host(), 2);
  EXPECT_EQ(gauge->value(), 2);
  one.let_go();
  two.let_go();
  EXPECT_TRUE(eventually([&] { return gauge->value() == 0; }));
  end();
}

// ---- Lossy

TEST_F(FlowTest, ALossySourceNeverWaitsAndWhatItLosesIsToldOnce) {
  options.ring_bytes_max = 3 * make_batch(0, 1).view().bytes();
  does.on_poll = [&](source_host host) { submit(host, static_cast<std::uint64_t>(does.polls - 1)); };
  one.open();
  begin<lossy_source>();
  ASSERT_TRUE(eventually([&] { return does.polls >= 10; })) << "though the second pipeline is full";
  ASSERT_TRUE(eventually([&] { return runner->life().health().state() == state::degraded; }));
  two.open();
  ASSERT_TRUE(eventually([&] { return log.has(" samples from 1970-01-01T00:00:00.000Z to "); }));
  end();
  const auto lost =
      metrics.make("source in", observe::metric_kind::counter, "samples_lost_total", "")->value();
  EXPECT_GT(lost, 0);
  EXPECT_EQ(static_cast<double>(two.count()) + lost, does.polls);
  EXPECT_TRUE(log.has("source in: degraded: the ring of 10s and "));
  EXPECT_TRUE(log.has(" was full"));
  EXPECT_TRUE(log.has("source in: running again"));
}

TEST_F(FlowTest, WhatALossySourceGaveLastIsHandedOnAfterItsStop) {
  does.on_poll = [&](source_host host) {
    if (does.polls <= 3) submit(host, static_cast<std::uint64_t>(does.polls));
  };
  begin<lossy_source>();
  ASSERT_TRUE(eventually([&] { return does.polls > 3; }));
  runner->request_drain();
  ASSERT_TRUE(eventually([&] { return does.stops == 1; }));
  EXPECT_FALSE(has_ended());
  one.open();
  two.open();
  ASSERT_TRUE(runner->worker().join_until(soon()));
  EXPECT_EQ(two.seen(), (std::vector<std::int64_t>{1, 2, 3}));
}

TEST_F(FlowTest, AStopWhileAPipelineIsFullLosesTheRestAndSaysSo) {
  does.on_poll = [&](source_host host) {
    if (does.polls <= 3) submit(host, static_cast<std::uint64_t>(does.polls));
  };
  begin<lossy_source>();
  ASSERT_TRUE(eventually([&] { return does.polls > 3; }));
  end();
  EXPECT_TRUE(
      log.has("source in: 3 samples from 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:00.000Z were "
              "lost: the pipelines were full when it was stopped"));
}

TEST_F(FlowTest, ALossySourceIsGivenTheRoomOfItsRing) {
  does.on_poll = [&](source_host host) { does.host = host.raw(); };
  begin<lossy_source>();
  ASSERT_TRUE(eventually([&] { return does.polls > 0; }));
  EXPECT_EQ(runner->credit(), 4u * 1024 * 1024);
  end();
}

}  // namespace
}  // namespace tidegate::pipeline
