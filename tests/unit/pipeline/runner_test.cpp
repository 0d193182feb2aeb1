// Sources and sinks on their strands, with components that do as the test says.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "made_batch.hpp"
#include "pipeline/sink_runner.hpp"
#include "pipeline/source_runner.hpp"
#include "recorded_log.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::pipeline {
namespace {

using namespace std::chrono_literals;

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

// What a scripted component does and has seen; one for each test, found through the component's options.
struct script {
  std::function<void()> on_start;
  std::function<void(delivery)> on_write;
  std::function<void(source_host)> on_poll;
  std::atomic<int> starts{0};
  std::atomic<int> stops{0};
  std::atomic<int> polls{0};
  const tidegate_host* host = nullptr;

  std::mutex mutex;
  std::vector<std::uint64_t> seen;

  void note(const delivery& of) {
    const std::lock_guard lock{mutex};
    of.for_each([&](const sample_view& sample) { seen.push_back(sample.value(0).as_u64()); });
  }
  std::size_t count() {
    const std::lock_guard lock{mutex};
    return seen.size();
  }
};

std::mutex scripts_mutex;
std::vector<script*> scripts;

script& script_of(const options& given) {
  const std::lock_guard lock{scripts_mutex};
  return *scripts[static_cast<std::size_t>(given["script"].integer())];
}

class scripted_sink {
 public:
  static constexpr component info{.name = "scripted", .summary = "Does as the test says."};
  static constexpr std::uint32_t window = 4;
  scripted_sink(sink_host host, const options& given) : script_{script_of(given)} { script_.host = host.raw(); }
  void start() {
    ++script_.starts;
    if (script_.on_start) script_.on_start();
  }
  void write(delivery given) { script_.on_write(std::move(given)); }
  void stop() { ++script_.stops; }

 private:
  script& script_;
};

class scripted_source {
 public:
  static constexpr component info{.name = "scripted", .summary = "Does as the test says."};
  scripted_source(source_host host, const options& given) : host_{host}, script_{script_of(given)} {}
  void start() {
    ++script_.starts;
    if (script_.on_start) script_.on_start();
  }
  void poll() {
    ++script_.polls;
    script_.on_poll(host_);
  }
  void stop() { ++script_.stops; }

 private:
  source_host host_;
  script& script_;
};

struct RunnerTest : testing::Test {
  observe::recorded_log log;
  observe::system_clock clock;
  observe::metrics metrics;
  plugin::environment environment{clock, log, metrics, testing::TempDir()};
  plugin::component sink_component;
  plugin::component source_component;
  std::stop_source never;

  RunnerTest() {
    sink_component.kind = config::component_kind::sink;
    sink_component.sink = &sink<scripted_sink>::functions;
    source_component.kind = config::component_kind::source;
    source_component.source = &source<scripted_source>::functions;
  }

  config::instance options_for(script& of, config::component_kind kind, std::string name) {
    config::instance made;
    made.name = std::move(name);
    made.kind = kind;
    made.path = made.name;
    made.retry.min = 1ms;
    made.retry.max = 5ms;
    made.interval = 1ms;
    const std::lock_guard lock{scripts_mutex};
    config::value number;
    number.data = static_cast<std::int64_t>(scripts.size());
    made.options.data = config::value::map{{"script", number}};
    scripts.push_back(&of);
    return made;
  }

  std::int64_t soon() const { return clock.now_monotonic() + 20'000'000'000; }
};

struct SinkRunnerTest : RunnerTest {
  script does;
  config::instance options = options_for(does, config::component_kind::sink, "out");
  std::unique_ptr<sink_runner> runner;
  route* way = nullptr;

  void begin(config::buffer limits = {}) {
    runner = std::make_unique<sink_runner>(options, std::uint16_t{1}, sink_component, environment);
    ASSERT_TRUE(runner->create().ok());
    way = &runner->add_route("line", limits);
    runner->start();
  }
  void push(std::uint64_t first, std::uint32_t count) { way->push(make_batch(first, count), never.get_token()); }
  void end() {
    runner->request_drain();
    ASSERT_TRUE(runner->worker().join_until(soon()));
    EXPECT_TRUE(way->ledger().balanced());
  }
  std::vector<std::uint64_t> up_to(std::uint64_t end) {
    std::vector<std::uint64_t> all;
    for (std::uint64_t number = 0; number < end; ++number) all.push_back(number);
    return all;
  }
};

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

TEST_F(SinkRunnerTest, RejectedSamplesAreDiscardedAndTheOthersDelivered) {
  does.on_write = [&](delivery given) {
    const std::uint32_t bad[] = {1, 3};
    given.rejected("too large", bad);
  };
  options.batch.max_wait = 1h;
  begin();
  push(0, 5);
  end();
  EXPECT_EQ(way->ledger().delivered, 3u);
  EXPECT_EQ(way->ledger().discarded_rejected, 2u);
  EXPECT_TRUE(log.has("2 of 5 samples were rejected and are discarded: too large"));
}

TEST_F(SinkRunnerTest, RejectedIndicesOutsideTheDeliveryAreABugAndLoseNothing) {
  bool first = true;
  does.on_write = [&](delivery given) {
    const std::uint32_t bad[] = {77};
    if (std::exchange(first, false)) return given.rejected("nonsense", bad);
    given.delivered();
  };
  begin();
  push(0, 5);
  ASSERT_TRUE(eventually([&] { return way->ledger().delivered == 5; }));
  end();
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
  ASSERT_TRUE(eventually([&] { const std::lock_guard lock{mutex}; return held.size() == 4; }));
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
  auto& hanging_way = hanging.add_route("line", {});
  hanging.start();
  does.on_write = [&](delivery given) { given.delivered(); };
  begin();
  for (std::uint64_t first = 0; first < 100; ++first) {
    hanging_way.push(make_batch(first, 1), never.get_token());
    push(first, 1);
  }
  ASSERT_TRUE(eventually([&] { return way->ledger().delivered == 100; }));
  const auto call = hanging.worker().current_call();
  ASSERT_TRUE(call.has_value());
  EXPECT_STREQ(call->function, "write");
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
  std::thread pusher{[&] { result = way->push(make_batch(10, 5), giving_up.get_token()) ? 1 : 0; }};
  giving_up.request_stop();
  pusher.join();
  EXPECT_EQ(result, 0);
  EXPECT_EQ(way->ledger().accepted, 10u);
  std::thread again{[&] { result = way->push(make_batch(10, 5), never.get_token()) ? 1 : 0; }};
  open = true;
  again.join();
  EXPECT_EQ(result, 1);
  ASSERT_TRUE(eventually([&] { return way->ledger().delivered == 15; }));
  end();
}

// ---- sources -------------------------------------------------------------------------------------

struct collecting_inlet final : inlet {
  bool push(const batch_ref& batch, const std::stop_token&) override {
    const std::lock_guard lock{mutex};
    batches.push_back(batch);
    return true;
  }
  std::size_t count() {
    const std::lock_guard lock{mutex};
    return batches.size();
  }
  std::mutex mutex;
  std::vector<batch_ref> batches;
};

struct SourceRunnerTest : RunnerTest {
  script does;
  config::instance options = options_for(does, config::component_kind::source, "in");
  collecting_inlet one;
  collecting_inlet two;
  std::unique_ptr<source_runner> runner;

  void begin() {
    runner = std::make_unique<source_runner>(options, std::map<std::string, std::string>{{"site", "x"}}, source_component,
                                             environment);
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

TEST_F(SourceRunnerTest, AnUnknownExceptionIsABugAndFiveQuarantine) {
  does.on_poll = [&](source_host) { throw 42; };
  begin();
  ASSERT_TRUE(runner->worker().join_until(soon()));
  EXPECT_EQ(does.polls, 5);
  EXPECT_EQ(runner->life().health().now().state, state::quarantined);
}

}  // namespace
}  // namespace tidegate::pipeline
