#include <gtest/gtest.h>

#include <cmath>

#include "cases.hpp"
#include "count_allocations.hpp"
#include "memory_source.hpp"
#include "quiet_host.hpp"

namespace tidegate::memory {
namespace {

using testing::made_up_folder;
using testing::option_map;
using testing::options_of;

option_map options_for(std::string proc_path, bool pressure) {
  return options_of(
      {{"interval", std::chrono::seconds{10}}, {"pressure", pressure}, {"proc_path", std::move(proc_path)}});
}
option_map everything(const made_up_folder& machine) { return options_for(machine.path("proc"), true); }

class MemoryCase : public ::testing::TestWithParam<std::string> {};

TEST_P(MemoryCase, GivesWhatIsExpected) {
  const auto folder = std::filesystem::path{TIDEGATE_CASES} / GetParam();
  EXPECT_EQ(testing::transcript<memory_source>(folder, everything, {{}, true}),
            testing::content_of(folder / "expected.txt"));
}
INSTANTIATE_TEST_SUITE_P(Memory, MemoryCase, ::testing::ValuesIn(testing::folders_in(TIDEGATE_CASES)),
                         [](const auto& of) {
                           std::string name = of.param;
                           std::replace_if(
                               name.begin(), name.end(),
                               [](unsigned char letter) { return !std::isalnum(letter); }, '_');
                           return name;
                         });

// The amount of a line of a real /proc/meminfo, in bytes.
std::uint64_t line_of(const std::string& meminfo, const std::string& name) {
  const auto at = meminfo.find("\n" + name + ":");
  return std::stoull(meminfo.substr(at + name.size() + 2)) * 1024;
}

// The kernel's own text, taken before and after: what did not change in between must be equal.
TEST(MemoryOfThisMachine, IsWhatTheKernelSays) {
  testing::host host;
  memory_source source{host.source(), options_for("/proc", true)};
  source.start();
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const auto before = "\n" + testing::content_of("/proc/meminfo");
    source.poll();
    const auto after = "\n" + testing::content_of("/proc/meminfo");
    if (before != after) {
      host.clear_batches();
      continue;
    }
    const auto sample = host.samples().at(0);
    const auto value = [&](const char* field) { return static_cast<std::uint64_t>(sample.number(field)); };
    EXPECT_EQ(value("total"), line_of(before, "MemTotal"));
    EXPECT_EQ(value("free"), line_of(before, "MemFree"));
    EXPECT_EQ(value("available"), line_of(before, "MemAvailable"));
    EXPECT_EQ(value("buffers"), line_of(before, "Buffers"));
    EXPECT_EQ(value("cached"), line_of(before, "Cached") + line_of(before, "SReclaimable"));
    EXPECT_EQ(value("used"), value("total") - value("free") - value("buffers") - value("cached"));
    EXPECT_EQ(value("shared"), line_of(before, "Shmem"));
    EXPECT_EQ(value("slab"), line_of(before, "Slab"));
    EXPECT_EQ(value("swap_total"), line_of(before, "SwapTotal"));
    EXPECT_EQ(value("swap_free"), line_of(before, "SwapFree"));
    return;
  }
  GTEST_SKIP() << "/proc/meminfo never was the same before and after a poll";
}

TEST(MemoryOfThisMachine, TenThousandPollsTakeNoMemoryAndNoDescriptors) {
  testing::quiet_host host;
  memory_source source{host.source(), options_for("/proc", true)};
  source.start();
  for (int count = 0; count < 10; ++count) source.poll();
  const auto descriptors = testing::open_descriptors();
  const auto allocations = testing::allocations();
  for (int count = 0; count < 10'000; ++count) source.poll();
  EXPECT_EQ(testing::allocations(), allocations);
  EXPECT_EQ(testing::open_descriptors(), descriptors);
  EXPECT_EQ(host.samples(), 10'010u);
}

TEST(Memory, PressureIsNotReadWhenItIsNotWanted) {
  made_up_folder machine;
  machine.write("proc/meminfo", "MemTotal: 8 kB\nMemAvailable: 4 kB\n");
  machine.write("proc/pressure/memory", "some avg10=1.00 avg60=1.00 avg300=1.00 total=1\n");
  testing::host host;
  for (const bool wanted : {false, true}) {
    memory_source source{host.source(), options_for(machine.path("proc"), wanted)};
    source.start();
    source.poll();
    EXPECT_EQ(host.samples().back().has("pressure_some_avg10"), wanted);
  }
}

TEST(Memory, AMissingFileIsAStateThatMayPass) {
  made_up_folder machine;
  testing::host host;
  memory_source source{host.source(), everything(machine)};
  try {
    source.start();
    FAIL() << "started";
  } catch (const error& failed) {
    EXPECT_EQ(failed.status(), TIDEGATE_ERROR_TEMPORARY);
  }
  machine.write("proc/meminfo", "MemTotal: 8 kB\nMemAvailable: 4 kB\n");
  source.start();
  source.poll();
  EXPECT_EQ(host.samples().at(0).number("used_percent"), 50);
}

TEST(Memory, StopClosesAllFiles) {
  made_up_folder machine;
  machine.write("proc/meminfo", "MemTotal: 8 kB\nMemAvailable: 4 kB\n");
  machine.write("proc/pressure/memory", "some avg10=1.00 avg60=1.00 avg300=1.00 total=1\n");
  testing::host host;
  const auto before = testing::open_descriptors();
  memory_source source{host.source(), everything(machine)};
  source.start();
  source.poll();
  EXPECT_GT(testing::open_descriptors(), before);
  source.stop();
  EXPECT_EQ(testing::open_descriptors(), before);
}

}  // namespace
}  // namespace tidegate::memory
