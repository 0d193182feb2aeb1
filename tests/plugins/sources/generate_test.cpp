#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "count_allocations.hpp"
#include "generate_source.hpp"
#include "pacer.hpp"
#include "tidegate/testing.hpp"

namespace tidegate::generate {
namespace {

using namespace std::chrono_literals;
using testing::option_map;
using testing::options_of;

struct wanted {
  double rate = 0;
  std::int64_t count = 0;
  std::int64_t series = 1;
  std::int64_t fields = 2;
  const char* signal = "counter";
  std::int64_t seed = 1;
  std::int64_t batch_samples = 1000;
  const char* name = "generate";
  std::int64_t text_size = 0;
};
option_map options_for(wanted what) {
  return options_of({{"rate", what.rate},
                     {"count", what.count},
                     {"name", what.name},
                     {"series", what.series},
                     {"fields", what.fields},
                     {"signal", what.signal},
                     {"text_size", what.text_size},
                     {"period", 60},
                     {"seed", what.seed},
                     {"batch_samples", what.batch_samples}});
}

// All samples of an instance that ends by itself.
std::vector<testing::sample> all_of(wanted what) {
  testing::host host;
  generate_source source{host.source(), options_for(what)};
  source.start();
  const auto batches = static_cast<std::size_t>((what.count + what.batch_samples - 1) / what.batch_samples);
  EXPECT_TRUE(host.wait_for_batches(batches));
  source.stop();
  EXPECT_EQ(host.violations(), std::vector<std::string>{});
  return host.samples();
}

TEST(Generate, CountsSamplesFromZeroWithoutAHole) {
  const auto samples = all_of({.count = 2500});
  ASSERT_EQ(samples.size(), 2500u);
  for (std::size_t index = 0; index < samples.size(); ++index)
    ASSERT_EQ(samples[index].number("sequence"), static_cast<double>(index));
}

TEST(Generate, SeriesTakeTurns) {
  const auto samples = all_of({.count = 7, .series = 3});
  std::string order;
  for (const auto& sample : samples) order += sample.tags.at("series");
  EXPECT_EQ(order, "0120120");
  EXPECT_EQ(samples[6].number("value1"), 2);  // the third of series 0
  EXPECT_EQ(samples[6].number("value2"), 3);
}

TEST(Generate, ABatchOfFewSamplesDoesNotCarryTheNamesOfManySeries) {
  testing::host host;
  generate_source source{host.source(), options_for({.count = 1100, .series = 1000, .batch_samples = 100})};
  source.start();
  ASSERT_TRUE(host.wait_for_batches(11));
  source.stop();
  for (const auto& batch : host.batches()) EXPECT_EQ(batch.view().series_count(), 100u);
  EXPECT_EQ(host.samples()[1001].tags.at("series"), "1");
}

TEST(Generate, BearsTheNameThatIsSet) { EXPECT_EQ(all_of({.count = 1, .name = "demo"})[0].name, "demo"); }

TEST(Generate, TimesOfOneBatchDiffer) {
  const auto samples = all_of({.count = 1000});
  for (std::size_t index = 1; index < samples.size(); ++index)
    ASSERT_LT(samples[index - 1].time, samples[index].time);
}

std::vector<double> values_of(wanted what) {
  std::vector<double> values;
  for (const auto& sample : all_of(what)) values.push_back(sample.number("value2"));
  return values;
}

TEST(Generate, TheSameSeedGivesTheSameValuesAndAnotherOthers) {
  for (const char* signal : {"sine", "noise"}) {
    const auto values = values_of({.count = 300, .signal = signal, .seed = 7});
    EXPECT_EQ(values, values_of({.count = 300, .signal = signal, .seed = 7, .batch_samples = 11}));
    EXPECT_NE(values, values_of({.count = 300, .signal = signal, .seed = 8}));
  }
}

TEST(Generate, SinesAndNoiseLieBetweenZeroAndAHundredAndMove) {
  for (const char* signal : {"sine", "noise"}) {
    const auto values = values_of({.count = 600, .signal = signal});
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    EXPECT_GE(*least, 0);
    EXPECT_LE(*most, 100);
    EXPECT_GT(*most - *least, 50) << signal;
  }
}

TEST(Generate, ASineIsBackAfterItsPeriod) {
  const auto values = values_of({.count = 121, .signal = "sine"});
  EXPECT_EQ(values[0], values[60]);
  EXPECT_EQ(values[1], values[121 - 60]);
  EXPECT_NE(values[0], values[15]);
}

TEST(Generate, ATextHasTheSizeThatIsSet) {
  const auto samples = all_of({.count = 2, .text_size = 100});
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(std::get<std::string>(samples[0].at("text").value).size(), 100u);
  EXPECT_EQ(samples[1].number("value2"), 2);
  EXPECT_FALSE(all_of({.count = 1})[0].has("text"));
}

TEST(Generate, LongTextsMakeSmallBatches) {
  testing::host host;
  generate_source source{host.source(), options_for({.count = 100, .text_size = 1'000'000})};
  source.start();
  ASSERT_TRUE(host.wait_for_batches(25));
  source.stop();
  EXPECT_EQ(host.samples().size(), 100u);
}

TEST(Generate, AStoppedInstanceGoesOnWithTheNumbersThatWereNotTaken) {
  testing::host host;
  generate_source source{host.source(), options_for({.batch_samples = 10})};
  host.answer_submits_with(TIDEGATE_STOPPING);
  source.start();
  source.stop();
  EXPECT_TRUE(host.samples().empty());
  host.answer_submits_with(TIDEGATE_OK);
  source.start();
  ASSERT_TRUE(host.wait_for_batches(3));
  source.stop();
  source.start();
  ASSERT_TRUE(host.wait_for_batches(host.batches().size() + 3));
  source.stop();
  const auto samples = host.samples();
  for (std::size_t index = 0; index < samples.size(); ++index)
    ASSERT_EQ(samples[index].number("sequence"), static_cast<double>(index));
}

TEST(Generate, WhatAHostHasNoMemoryForIsSentLater) {
  testing::host host;
  host.set_out_of_memory(true);
  generate_source source{host.source(), options_for({.count = 10})};
  source.start();
  while (host.log_lines().empty()) std::this_thread::yield();
  EXPECT_EQ(host.log_lines()[0].text, "the host has no memory for a batch");
  host.set_out_of_memory(false);
  ASSERT_TRUE(host.wait_for_batches(1));
  source.stop();
  EXPECT_EQ(host.samples().size(), 10u);
  EXPECT_EQ(host.samples()[0].number("sequence"), 0);
}

TEST(Generate, AnInstanceThatWaitsStopsAtOnce) {
  testing::host host;
  generate_source source{host.source(), options_for({.rate = 0.001})};
  const auto before = std::chrono::steady_clock::now();
  source.start();
  ASSERT_TRUE(host.wait_for_batches(1));
  source.request_stop();
  source.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, 10s);
  EXPECT_EQ(host.samples().size(), 1u);
}

TEST(Generate, SamplesBearTheTimesAtWhichTheyWereDue) {
  testing::host host;
  host.set_utc(1'600'000'000'000'000'000);
  generate_source source{host.source(), options_for({.rate = 1000})};
  source.start();
  ASSERT_TRUE(host.wait_for_batches(1));
  host.advance(3ms);
  ASSERT_TRUE(host.wait_for_batches(2));
  source.stop();
  const auto samples = host.samples();
  ASSERT_EQ(samples.size(), 4u);
  for (std::size_t index = 0; index < 4; ++index)
    EXPECT_EQ(samples[index].time, 1'600'000'000'000'000'000 + static_cast<std::int64_t>(index) * 1'000'000);
}

void expect_refused(wanted what, const std::string& option, const std::string& text) {
  testing::host host;
  try {
    generate_source source{host.source(), options_for(what)};
    FAIL() << "was created";
  } catch (const error& failed) {
    EXPECT_EQ(failed.status(), TIDEGATE_ERROR_CONFIGURATION);
    EXPECT_EQ(failed.option(), option);
    EXPECT_EQ(failed.what(), text);
  }
}

TEST(Generate, ABatchThatCannotFitABlockIsRefused) {
  expect_refused({.fields = 1000, .batch_samples = 10'000}, "batch_samples",
                 "10000 samples of 1000 fields do not fit one batch; use at most 3996");
}

TEST(Generate, AnEmptyNameIsRefused) {
  expect_refused({.name = ""}, "name", "is empty; a measurement needs a name");
}

TEST(Generate, SamplesTakeNoMemoryOfTheirOwn) {
  testing::host host;
  generate_source source{host.source(), options_for({.count = 200'000, .fields = 5, .signal = "sine"})};
  const auto before = testing::allocations();
  source.start();
  ASSERT_TRUE(host.wait_for_batches(200));
  source.stop();
  // The host of the test takes some for each batch.
  EXPECT_LT(testing::allocations() - before, 200u * 20);
}

TEST(Pacer, TheFirstSampleIsDueAtTheStartAndTheOthersAPeriodApart) {
  pacer plan{10, 1'000};
  EXPECT_EQ(plan.due(999), 0u);
  EXPECT_EQ(plan.due(1'000), 1u);
  plan.take(1);
  EXPECT_EQ(plan.due(1'000), 0u);
  EXPECT_EQ(plan.delay(1'000), 100ms);
  EXPECT_EQ(plan.due(1'000 + 99'999'999), 0u);
  EXPECT_EQ(plan.due(1'000 + 100'000'000), 1u);
  EXPECT_EQ(plan.due(1'000 + 350'000'000), 3u);
  EXPECT_EQ(plan.due_time(2), 1'000 + 300'000'000);
}

TEST(Pacer, KeepsTheRateOverADay) {
  for (const double rate : {0.3, 3.0, 7.0, 999.0, 1e6}) {
    pacer plan{rate, 0};
    std::uint64_t taken = 0;
    for (std::int64_t second = 0; second <= 86'400; ++second) {
      const auto due = plan.due(second * 1'000'000'000);
      plan.take(due);
      taken += due;
    }
    EXPECT_NEAR(static_cast<double>(taken), rate * 86'400 + 1, 1) << rate;
  }
}

TEST(Pacer, WhatIsDueBySecondsIsForgiven) {
  pacer plan{100, 0};
  EXPECT_EQ(plan.due(60'000'000'000), 101u);
  EXPECT_EQ(plan.due_time(0), 59'000'000'000);
}

TEST(Pacer, FastSamplesAreSentInGroups) {
  pacer plan{1e6, 0};
  plan.take(plan.due(0));
  EXPECT_EQ(plan.delay(0), 20ms);
}

TEST(Pacer, NeverPromisesASampleThatIsNotDueWhenItsTimeHasCome) {
  for (const double rate : {3.0, 7.0, 11.0, 1e7 / 3}) {
    pacer plan{rate, 12345};
    for (int count = 0; count < 100'000; ++count) {
      const auto time = plan.due_time(0);
      ASSERT_EQ(plan.due(time), 1u) << rate << " " << count;
      plan.take(1);
    }
  }
}

}  // namespace
}  // namespace tidegate::generate
