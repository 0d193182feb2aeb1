// When a gateway counts as hanging: what the watchdog of systemd is told.
#include <atomic>

#include "gateway_fixture.hpp"

namespace tidegate::pipeline {
namespace {

// The machine's time and whatever the test adds.
struct moved_clock final : observe::clock {
  observe::system_clock real;
  std::atomic<std::int64_t> ahead{0};
  std::int64_t now_utc() const override { return real.now_utc() + ahead; }
  std::int64_t now_monotonic() const override { return real.now_monotonic() + ahead; }
};

// What is never destroyed, where a search for leaks sees it.
const void* volatile left_alone[2];

struct ProgressTest : testing::Test {
  observe::recorded_log log;
  moved_clock clock;
  observe::metrics metrics;
  plugin::environment environment{clock, log, metrics, testing::TempDir()};
  std::unique_ptr<plugin::catalogue> known =
      std::make_unique<plugin::catalogue>(std::vector<std::filesystem::path>{BUILT_PLUGINS, BAD_PLUGINS});
  plugin::catalogue& plugins = *known;
  std::unique_ptr<gateway> made;

  // Threads are waited for by the machine's time.
  bool stop() {
    clock.ahead = 0;
    return made->stop();
  }
  void run(const char* yaml) {
    config::diagnostics said;
    auto checked = config::check(config::load_text(yaml, "gw.yaml", said), plugins, said);
    for (const auto& each : said.sorted()) ADD_FAILURE() << to_string(each);
    ASSERT_TRUE(checked);
    made = gateway::create(std::move(*checked), plugins, environment, said);
    ASSERT_NE(made, nullptr);
    made->start();
  }
  // Not before a call is under way: whoever is polled computes with the time that was moved.
  bool makes_progress_after(std::int64_t time) {
    clock.ahead += time;
    made->watch();
    return made->makes_progress();
  }
};

TEST_F(ProgressTest, ACallThatNeverReturnsIsNoProgress) {
  run(R"(
gateway: {shutdown_timeout: 100ms}
sources: {stuck: {plugin: never-return-from-poll, interval: 10ms}}
pipelines: {all: {from: stuck, to: end}}
sinks: {end: {plugin: "null"}}
)");
  ASSERT_TRUE(eventually([&] {
    made->watch();
    return log.has("poll has not returned");
  }));
  EXPECT_TRUE(makes_progress_after(0)) << "it is late, and given time";
  EXPECT_FALSE(makes_progress_after(gateway::stuck_after + 1));
  EXPECT_FALSE(makes_progress_after(0));
  // A thread that is still inside a plugin: nothing that it may touch is destroyed.
  EXPECT_FALSE(stop());
  left_alone[0] = made.release();
  left_alone[1] = known.release();
}

TEST_F(ProgressTest, ASourceThatWaitsForRoomIsNotTheOneThatHangs) {
  run(R"(
gateway: {shutdown_timeout: 20s}
sources: {memory: {plugin: memory, interval: 10ms}}
pipelines: {line: {from: memory, to: bad, buffer: {max_samples: 3, when_full: block}}}
sinks: {bad: {plugin: file, path: /proc/there-is-nothing/out.ndjson, retry: {min: 1ms, max: 2ms}}}
)");
  ASSERT_TRUE(eventually([&] {
    made->watch();
    return log.has("poll has not returned");
  })) << "it must be in a call that waits";
  EXPECT_TRUE(makes_progress_after(gateway::stuck_after + 1));
  EXPECT_TRUE(makes_progress_after(gateway::stuck_after + 1));
  EXPECT_TRUE(stop());
}

}  // namespace
}  // namespace tidegate::pipeline
