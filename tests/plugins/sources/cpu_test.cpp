#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "cases.hpp"
#include "count_allocations.hpp"
#include "cpu_source.hpp"
#include "quiet_host.hpp"

namespace tidegate::cpu {
namespace {

using testing::made_up_folder;
using testing::option_map;
using testing::options_of;

struct wanted {
  bool total = true;
  bool per_core = true;
  bool frequency = true;
};

option_map options_for(const made_up_folder& machine, wanted what) {
  return options_of({{"interval", std::chrono::seconds{5}},
                     {"total", what.total},
                     {"per_core", what.per_core},
                     {"frequency", what.frequency},
                     {"proc_path", machine.path("proc")},
                     {"sys_path", machine.path("sys")}});
}
option_map everything(const made_up_folder& machine) { return options_for(machine, {}); }
option_map of_this_machine(wanted what) {
  return options_of({{"interval", std::chrono::seconds{5}},
                     {"total", what.total},
                     {"per_core", what.per_core},
                     {"frequency", what.frequency},
                     {"proc_path", "/proc"},
                     {"sys_path", "/sys"}});
}

class CpuCase : public ::testing::TestWithParam<std::string> {};

TEST_P(CpuCase, GivesWhatIsExpected) {
  const auto folder = std::filesystem::path{TIDEGATE_CASES} / GetParam();
  EXPECT_EQ(testing::transcript<cpu_source>(folder, everything,
                                            {{"counter_resets_total", "unreadable_lines_total"}, false}),
            testing::content_of(folder / "expected.txt"));
}
INSTANTIATE_TEST_SUITE_P(Cpu, CpuCase, ::testing::ValuesIn(testing::folders_in(TIDEGATE_CASES)),
                         [](const auto& of) {
                           std::string name = of.param;
                           std::replace_if(
                               name.begin(), name.end(),
                               [](unsigned char letter) { return !std::isalnum(letter); }, '_');
                           return name;
                         });

constexpr auto first_stat = "cpu  100 0 0 100 0 0 0 0 0 0\ncpu0 100 0 0 100 0 0 0 0 0 0\n";
constexpr auto second_stat = "cpu  175 0 0 125 0 0 0 0 0 0\ncpu0 175 0 0 125 0 0 0 0 0 0\n";

struct Cpu : ::testing::Test {
  std::vector<testing::sample> after_one_poll(wanted what) {
    machine.write("proc/stat", first_stat);
    cpu_source source{host.source(), options_for(machine, what)};
    source.start();
    machine.write("proc/stat", second_stat);
    source.poll();
    return host.samples();
  }
  made_up_folder machine;
  testing::host host;
};

TEST_F(Cpu, OnlyTheTotalIsSentWhenOnlyThatIsWanted) {
  const auto samples = after_one_poll({.per_core = false});
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].tags.at("cpu"), "total");
  EXPECT_EQ(samples[0].number("usage"), 75);
}

TEST_F(Cpu, OnlyTheCoresAreSentWhenOnlyTheyAreWanted) {
  const auto samples = after_one_poll({.total = false});
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].tags.at("cpu"), "cpu0");
}

TEST_F(Cpu, WantingNothingIsAnErrorOfTheConfiguration) {
  try {
    cpu_source source{host.source(), options_for(machine, {.total = false, .per_core = false})};
    FAIL() << "was created";
  } catch (const error& failed) {
    EXPECT_EQ(failed.status(), TIDEGATE_ERROR_CONFIGURATION);
    EXPECT_EQ(failed.option(), "per_core");
    EXPECT_STREQ(failed.what(),
                 "total and per_core are both false, so there is nothing to read; set one of them to true");
  }
}

TEST_F(Cpu, FrequenciesAreNotReadWhenTheyAreNotWanted) {
  machine.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "1000000\n");
  EXPECT_FALSE(after_one_poll({.frequency = false}).back().has("frequency"));
  EXPECT_TRUE(after_one_poll({}).back().has("frequency"));
}

TEST_F(Cpu, AMissingFileIsAStateThatMayPass) {
  cpu_source source{host.source(), everything(machine)};
  try {
    source.start();
    FAIL() << "started";
  } catch (const error& failed) {
    EXPECT_EQ(failed.status(), TIDEGATE_ERROR_TEMPORARY);
    EXPECT_EQ(failed.what(),
              "cannot read " + machine.path("proc/stat") +
                  ": No such file or directory; proc_path must name a mounted proc file system");
  }
  machine.write("proc/stat", first_stat);
  source.start();
  machine.write("proc/stat", second_stat);
  source.poll();
  EXPECT_EQ(host.samples().at(0).number("usage"), 75);
}

TEST_F(Cpu, TheTimeOfAllSamplesIsThatOfTheReading) {
  host.set_utc(1'600'000'000'000'000'000);
  const auto samples = after_one_poll({});
  ASSERT_EQ(samples.size(), 2u);
  for (const auto& sample : samples) EXPECT_EQ(sample.time, 1'600'000'000'000'000'000);
}

TEST_F(Cpu, AfterAStopTheFirstReadingIsANewOne) {
  machine.write("proc/stat", first_stat);
  cpu_source source{host.source(), everything(machine)};
  source.start();
  source.stop();
  machine.write("proc/stat", second_stat);
  source.start();
  source.poll();
  EXPECT_TRUE(host.samples().empty());
}

TEST_F(Cpu, StopClosesAllFiles) {
  machine.write("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "1000000\n");
  const auto before = testing::open_descriptors();
  machine.write("proc/stat", first_stat);
  cpu_source source{host.source(), everything(machine)};
  source.start();
  source.poll();
  EXPECT_GT(testing::open_descriptors(), before);
  source.stop();
  EXPECT_EQ(testing::open_descriptors(), before);
}

// Busy for a moment, so that ticks pass.
void burn(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  volatile std::uint64_t count = 0;
  while (std::chrono::steady_clock::now() < end) count = count + 1;
}

TEST(CpuOfThisMachine, GivesPercentagesThatAddUp) {
  testing::host host;
  cpu_source source{host.source(), of_this_machine({})};
  source.start();
  burn(std::chrono::milliseconds{200});
  source.poll();
  const auto samples = host.samples();
  ASSERT_GE(samples.size(), 2u);
  EXPECT_EQ(samples.size(), 1u + std::thread::hardware_concurrency());
  for (const auto& sample : samples) {
    double sum = 0;
    for (const auto* name : {"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"})
      sum += sample.number(name);
    EXPECT_NEAR(sum, 100, 1e-9);
    EXPECT_NEAR(sample.number("usage"), 100 - sample.number("idle") - sample.number("iowait"), 1e-9);
  }
  EXPECT_GT(samples[0].number("usage"), 0);
  EXPECT_TRUE(samples[0].has("load1"));
  EXPECT_TRUE(host.violations().empty());
}

TEST(CpuOfThisMachine, TenThousandPollsTakeNoMemoryAndNoDescriptors) {
  testing::quiet_host host;
  cpu_source source{host.source(), of_this_machine({})};
  source.start();
  burn(std::chrono::milliseconds{100});
  for (int count = 0; count < 10; ++count) source.poll();
  burn(std::chrono::milliseconds{100});
  source.poll();
  const auto descriptors = testing::open_descriptors();
  const auto allocations = testing::allocations();
  const auto samples = host.samples();
  for (int count = 0; count < 10'000; ++count) source.poll();
  EXPECT_EQ(testing::allocations(), allocations);
  EXPECT_EQ(testing::open_descriptors(), descriptors);
  EXPECT_GT(host.samples(), samples);
}

TEST_F(Cpu, OddKernelsTakeNoMemoryInEachPollEither) {
  testing::quiet_host quiet;
  machine.write("proc/stat", std::string{first_stat} + "cpu1 nonsense\n");
  cpu_source source{quiet.source(), everything(machine)};
  source.start();
  for (int count = 0; count < 10; ++count) source.poll();
  const auto allocations = testing::allocations();
  for (int count = 0; count < 1000; ++count) source.poll();
  EXPECT_EQ(testing::allocations(), allocations);
  EXPECT_EQ(quiet.lines(), 2u);  // one on the line, one on the load averages, whatever the level
}

}  // namespace
}  // namespace tidegate::cpu
