// Batches that a step has nothing to do with go on by reference; those that it changes lose nothing else.
#include <gtest/gtest.h>

#include "driver.hpp"

namespace tidegate::testing {
namespace {

batch_builder& two_series(batch_builder& builder) {
  const tag_view common[] = {{"site", "tokyo"}, {"cpu", "not this"}};
  builder.common_tags(common);
  const auto cpu = builder.series("cpu", {{"cpu", "total"}});
  const auto memory = builder.series("memory");
  builder.sample(cpu, 1).field("usage", 1.5).field("state", "busy");
  builder.sample(memory, 2).field("used", std::uint64_t{5});
  return builder;
}

const char* const steps_that_mean_nothing_of_it[] = {
    "{plugin: filter, keep: {name: [cpu, memory]}}",
    "{plugin: filter, drop: {name: disk}}",
    "{plugin: fields, drop: gone}",
    "{plugin: fields, keep: gone, name: disk}",
    "{plugin: map, name: disk, add: {tags: {a: b}}}",
    "{plugin: lua, name: disk, script: 'function process(s) end'}",
    "{plugin: lua, script: 'function process(s) return s end'}",
    "{plugin: deadband, name: disk}",
    "{plugin: deadband, field: gone}",
    "{plugin: deadband, within: 1}",
    "{plugin: throttle, name: disk, window: 1m}",
    "{plugin: throttle, window: 1m}",
    "{plugin: dedupe}",
    "{plugin: aggregate, name: disk, window: 1m}",
    "{plugin: aggregate, window: 1m, keep_originals: true}",
    "{plugin: join, inputs: [cpu, disk], by: [gone], name: x}",
};

TEST(Passing, ABatchOfWhichNothingIsMeantGoesOnByReference) {
  batch_builder builder;
  const auto batch = driver::in_host_memory(two_series(builder));
  for (const auto* text : steps_that_mean_nothing_of_it) {
    driver step{text};
    ASSERT_TRUE(step.works()) << text;
    std::vector<const void*> passed;
    step.passed = [&](const batch_ref& each) { passed.push_back(each.block()); };
    EXPECT_EQ(step.process(batch), TIDEGATE_PASS) << text;
    EXPECT_EQ(passed, std::vector<const void*>{batch.block()}) << text;
  }
}

TEST(Passing, TagsThatABatchHasInCommonAreOnWhatIsCopiedOfIt) {
  batch_builder builder;
  driver step{"{plugin: filter, keep: {name: cpu}}"};
  std::vector<sample> passed;
  step.passed = [&](const batch_ref& each) {
    for (const auto one : each.view()) passed.push_back(copy_of(one));
  };
  EXPECT_EQ(step.process(two_series(builder)), TIDEGATE_OK);
  ASSERT_EQ(passed.size(), 1u);
  EXPECT_EQ(passed[0].tags, (std::map<std::string, std::string>{{"cpu", "total"}, {"site", "tokyo"}}));
  EXPECT_EQ(passed[0].text("state"), "busy");
}

// However the series change from batch to batch: names of the batch before may be there, but do not pile up.
TEST(Passing, ABlockDoesNotCarryTheSeriesOfAllThatWereBefore) {
  driver step{"{plugin: filter, drop: {name: gone}}"};
  std::vector<std::uint32_t> series;
  step.passed = [&](const batch_ref& each) { series.push_back(each.view().series_count()); };
  for (int number = 0; number < 5; ++number) {
    batch_builder builder;
    builder.sample(builder.series("a", {{"n", std::to_string(number)}}), number).field("v", number);
    builder.sample(builder.series("gone"), number).field("v", number);
    step.process(builder);
  }
  for (const auto count : series) EXPECT_LE(count, 2u);
  EXPECT_EQ(series.size(), 5u);
}

}  // namespace
}  // namespace tidegate::testing
