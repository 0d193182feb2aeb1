#include "pipeline/gap_reporter.hpp"

#include <gtest/gtest.h>

#include "part_numbers.hpp"
#include "pipeline/memory_backlog.hpp"
#include "unit/batch/made_batch.hpp"

namespace tidegate::pipeline {
namespace {

constexpr std::int64_t second = 1'000'000'000;

struct handed_clock final : observe::clock {
  std::int64_t now_utc() const override { return now; }
  std::int64_t now_monotonic() const override { return now; }
  std::int64_t now = 1000 * second;
};

config::buffer limited(std::uint64_t samples, config::when_full policy = config::when_full::drop_oldest) {
  config::buffer made;
  made.max_samples = samples;
  made.when_full = policy;
  return made;
}

// One pipeline with two routes in memory, of which the second takes four samples.
struct GapReporter : testing::Test {
  handed_clock clock;
  memory_backlog up{{}, clock, {}};
  memory_backlog down{limited(4), clock, {}};
  gap_reporter reporter{{{"site", "x"}}};
  std::stop_source never;

  void wire(const discarded_counts& earlier = {}) {
    reporter.add_route("line -> up", up, {}, up);
    reporter.add_route("line -> down", down, earlier, down);
  }
  void push(memory_backlog& to, int samples) {
    for (; samples > 0; --samples) to.push(make_batch(0, 1), {}, never.get_token());
  }
  void tell() { reporter.tell({clock.now, clock.now}); }
  void pass(std::int64_t seconds) { clock.now += seconds * second; }

  struct report {
    std::string route, reason, site;
    std::uint64_t samples;
    friend bool operator==(const report&, const report&) = default;
  };
  // All that waits there, which is reports.
  std::vector<report> reports(memory_backlog& in) {
    std::vector<report> all;
    std::vector<part> parts;
    while (in.has_more()) in.take(at_most(100), parts);
    for (const auto& each : parts)
      for (const auto sample : each.batch.view()) {
        EXPECT_EQ(sample.name(), "tidegate_gap");
        const auto tag = [&](const char* key) { return std::string{*sample.series().tag(key)}; };
        all.push_back({tag("route"), tag("reason"), tag("site"), sample.find("samples")->as_u64()});
      }
    in.deliver(parts);
    return all;
  }
};

using told = std::vector<GapReporter::report>;

TEST_F(GapReporter, TellsEverySinkOfThePipelineOnceWhatEachRouteDiscarded) {
  wire();
  tell();
  push(down, 10);
  tell();
  tell();
  EXPECT_EQ(reports(up), (told{{"line -> down", "full", "x", 6}}));
  EXPECT_EQ(down.ledger().discarded(discard_reason::full), 7u) << "the report pushed one out";
  pass(1);
  push(down, 1);
  tell();
  EXPECT_EQ(reports(up), (told{{"line -> down", "full", "x", 2}})) << "which is told with what comes next";
}

TEST_F(GapReporter, TellsAtMostOnceASecond) {
  wire();
  for (int each = 0; each < 100; ++each) {
    push(down, 5);
    tell();
    clock.now += second / 10;
  }
  EXPECT_EQ(reports(up).size(), 10u);
}

TEST_F(GapReporter, ItsOwnReportsPushOutNextToNothingOfWhatWaits) {
  wire();
  push(down, 5);
  for (int each = 0; each < 6 * 3600; ++each) {
    tell();
    pass(1);
  }
  EXPECT_LE(reports(up).size(), 20u);
  std::uint64_t sum = 0;
  push(down, 1);
  tell();
  for (const auto& each : reports(up)) sum += each.samples;
  EXPECT_GT(sum, 0u) << "and goes on as usual when something comes";
}

TEST_F(GapReporter, NamesTheReasonAndLeavesOutWhatIsKnownOtherwise) {
  config::buffer limits;
  limits.max_age = std::chrono::seconds{10};
  memory_backlog old{limits, clock, {}};
  wire();
  reporter.add_route("line -> old", old, {}, old);
  push(old, 3);
  pass(20);
  push(old, 1);
  std::vector<part> parts;
  old.take(at_most(1), parts);
  old.discard(parts, discard_reason::rejected);
  push(up, 1);
  up.take(at_most(1), parts);
  up.discard(parts, discard_reason::removed);
  tell();
  EXPECT_EQ(reports(up), (told{{"line -> old", "age", "x", 3}}));
}

TEST_F(GapReporter, WhatEarlierRunsDiscardedIsNotToldAgain) {
  push(down, 10);
  wire({6});
  tell();
  EXPECT_TRUE(reports(up).empty());
  push(down, 1);
  tell();
  EXPECT_EQ(reports(up), (told{{"line -> down", "full", "x", 1}}));
}

TEST_F(GapReporter, WhatTheStartFoundMissingIsTold) {
  push(down, 10);
  wire({4});
  tell();
  EXPECT_EQ(reports(up), (told{{"line -> down", "full", "x", 2}}));
}

TEST_F(GapReporter, APipelineThatBlocksIsToldLaterAndHoldsNobodyUp) {
  memory_backlog blocked{limited(1, config::when_full::block), clock, {}};
  wire();
  reporter.add_route("line -> blocked", blocked, {}, blocked);
  push(blocked, 1);
  push(down, 6);
  tell();
  EXPECT_EQ(reports(up).size(), 1u);
  pass(1);
  push(down, 2);
  std::vector<part> parts;
  blocked.take(at_most(1), parts);
  blocked.deliver(parts);
  tell();
  EXPECT_EQ(reports(blocked), (told{{"line -> down", "full", "x", 5}})) << "all that it was not told yet";
  EXPECT_EQ(reports(up), (told{{"line -> down", "full", "x", 3}})) << "and the others nothing twice";
}

TEST_F(GapReporter, TheLastReportDoesNotWaitForItsTime) {
  wire();
  push(down, 5);
  tell();
  push(down, 2);
  reporter.tell_last({clock.now, clock.now});
  EXPECT_EQ(reports(up), (told{{"line -> down", "full", "x", 1}, {"line -> down", "full", "x", 3}}));
}

}  // namespace
}  // namespace tidegate::pipeline
