#include "pipeline/relay.hpp"

#include "gated_inlet.hpp"

namespace tidegate::pipeline {
namespace {

struct set_clock final : observe::clock {
  std::int64_t now_utc() const override { return now + 5'000'000'000; }
  std::int64_t now_monotonic() const override { return now; }
  std::atomic<std::int64_t> now{1'000'000'000};
};

struct RelayTest : ::testing::Test {
  static constexpr std::int64_t second = 1'000'000'000;
  set_clock time;
  observe::recorded_log log;
  observe::metrics metrics;
  plugin::environment environment{time, log, metrics, {}};
  config::instance options;
  tag_suffix tags{{}};
  gated_inlet pipeline;
  fan_out to;
  std::atomic<int> news{0};
  std::optional<relay> tested;

  RelayTest() {
    options.name = "plc";
    options.ring_bytes_max = 3 * make_batch(0, 1).view().bytes();
    to.add(pipeline);
  }
  ~RelayTest() override {
    if (!tested) return;
    tested->request_stop();
    tested->join();
  }
  void begin() {
    tested.emplace(options, "source plc", tags, to, environment, [this] { ++news; });
    tested->start();
  }
  // Batches of one sample each; the first is waited for by the relay, outside the ring.
  void push(std::uint64_t first, std::uint64_t end) {
    for (auto number = first; number < end; ++number) ASSERT_TRUE(tested->push(make_batch(number, 1)));
  }
  double lost() {
    return metrics.make("source plc", observe::metric_kind::counter, "samples_lost_total", "")->value();
  }
  bool sees(const std::vector<std::int64_t>& wanted) {
    return eventually([&] { return pipeline.seen() == wanted; });
  }
};

TEST_F(RelayTest, HandsOnInOrder) {
  begin();
  pipeline.open();
  push(0, 3);
  EXPECT_TRUE(sees({0, 1, 2}));
  EXPECT_EQ(lost(), 0);
}

TEST_F(RelayTest, LosesTheOldestWhileAPipelineIsFullAndTellsOfItOnce) {
  begin();
  push(0, 1);
  ASSERT_TRUE(eventually([&] { return pipeline.is_waited_for(); }));
  push(1, 6);
  EXPECT_TRUE(tested->is_losing());
  EXPECT_EQ(tested->take_episode(), std::nullopt) << "it is not over";
  EXPECT_EQ(lost(), 2);
  pipeline.open();
  EXPECT_TRUE(sees({0, 3, 4, 5}));
  ASSERT_TRUE(eventually([&] { return !tested->is_losing(); }));
  const auto over = tested->take_episode();
  ASSERT_TRUE(over);
  EXPECT_EQ(over->samples, 2u);
  EXPECT_EQ(over->reason, gap::ring_full);
  EXPECT_EQ(tested->take_episode(), std::nullopt);
  EXPECT_GE(news, 2);
}

TEST_F(RelayTest, ReportsAGapBeforeWhatCameAfterIt) {
  options.report_gaps = true;
  begin();
  push(0, 1);
  ASSERT_TRUE(eventually([&] { return pipeline.is_waited_for(); }));
  push(1, 6);
  time.now += second;
  pipeline.open();
  EXPECT_TRUE(sees({0, -2, 3, 4, 5}));
}

TEST_F(RelayTest, ReportsGapsOnceASecondWhileSamplesGoOnBeingLost) {
  options.report_gaps = true;
  begin();
  push(0, 1);
  ASSERT_TRUE(eventually([&] { return pipeline.is_waited_for(); }));
  push(1, 6);
  pipeline.open(2);
  EXPECT_TRUE(sees({0, 3})) << "the gap is younger than a second";
  ASSERT_TRUE(eventually([&] { return pipeline.is_waited_for(); }));
  push(6, 9);
  time.now += second;
  pipeline.open(3);
  EXPECT_TRUE(sees({0, 3, 4, -3, 6})) << "one for both losses";
  pipeline.open();
  EXPECT_TRUE(sees({0, 3, 4, -3, 6, 7, 8}));
}

TEST_F(RelayTest, ReportsTheLastGapWhenNothingComesAfterIt) {
  options.report_gaps = true;
  options.ring_bytes_max = 1;
  begin();
  push(0, 1);
  ASSERT_TRUE(eventually([&] { return pipeline.is_waited_for(); }));
  push(1, 3);
  pipeline.open();
  EXPECT_TRUE(sees({0, 2, -1}));
}

TEST_F(RelayTest, DrainedItEndsWhenTheRingIsEmptyAndTakesNothingMore) {
  begin();
  push(0, 3);
  tested->request_drain();
  EXPECT_FALSE(tested->push(make_batch(9, 1)));
  EXPECT_FALSE(tested->is_done());
  pipeline.open();
  tested->join();
  EXPECT_TRUE(tested->is_done());
  EXPECT_EQ(pipeline.seen(), (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(lost(), 0);
}

TEST_F(RelayTest, StoppedItHandsOnWhatThereIsRoomForAndCountsTheRest) {
  begin();
  push(0, 1);
  ASSERT_TRUE(eventually([&] { return pipeline.is_waited_for(); }));
  push(1, 4);
  tested->request_stop();
  tested->join();
  EXPECT_EQ(lost(), 4);
  const auto over = tested->take_episode();
  ASSERT_TRUE(over);
  EXPECT_EQ(over->samples, 4u);
  EXPECT_EQ(over->reason, gap::stopped);
}

TEST_F(RelayTest, SaysHowMuchTheRingHasRoomFor) {
  begin();
  EXPECT_EQ(tested->credit(), options.ring_bytes_max);
  push(0, 1);
  ASSERT_TRUE(eventually([&] { return pipeline.is_waited_for(); }));
  push(1, 2);
  EXPECT_EQ(tested->credit(), options.ring_bytes_max * 2 / 3);
}

}  // namespace
}  // namespace tidegate::pipeline
