// A million series: what a step remembers stays within its bound, and is small for each of them. Memory is
// counted by replacing operator new, which the libraries of the steps use as well.
#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "driver.hpp"

namespace {
std::atomic<std::int64_t> live{0};

void* counted(std::size_t bytes) {
  void* memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) throw std::bad_alloc{};
  live += static_cast<std::int64_t>(malloc_usable_size(memory));
  return memory;
}
void release(void* memory) noexcept {
  if (memory != nullptr) live -= static_cast<std::int64_t>(malloc_usable_size(memory));
  std::free(memory);
}
}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes); }
void* operator new[](std::size_t bytes) { return counted(bytes); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }

namespace tidegate::testing {
namespace {

constexpr std::uint32_t million = 1'000'000;
constexpr std::uint32_t batch_series = 1000;

// Each series once; the values differ, and times do not move on.
void feed(driver& step, std::uint32_t count) {
  for (std::uint32_t begin = 0; begin < count; begin += batch_series) {
    batch_builder builder;
    for (std::uint32_t number = begin; number < begin + batch_series; ++number)
      builder.sample(builder.series("meter", {{"id", std::to_string(number)}}), 1'000'000'000)
          .field("value", number);
    step.process(builder);
  }
}

struct limit {
  const char* step;
  std::int64_t bytes_each;
};
std::ostream& operator<<(std::ostream& out, const limit& of) { return out << of.step; }

class ManySeries : public ::testing::TestWithParam<limit> {};

TEST_P(ManySeries, TakeNoMoreMemoryThanTheBoundAllows) {
  constexpr std::uint32_t bound = 20'000;
  driver step{std::string{"{"} + GetParam().step + ", max_series: " + std::to_string(bound) + "}"};
  ASSERT_TRUE(step.works());
  feed(step, bound);
  const auto full = live.load();
  feed(step, million);
  // What is new displaces what is old, of the same size but for an id of more digits.
  EXPECT_LT(live - full, bound * 16 + 1'000'000);
  EXPECT_EQ(step.metric("series_forgotten_total"), million - bound);
}

TEST_P(ManySeries, AreSmallEach) {
  driver step{std::string{"{"} + GetParam().step + ", max_series: 2000000}"};
  ASSERT_TRUE(step.works());
  feed(step, batch_series);
  const auto before = live.load();
  feed(step, million);
  const auto each = (live - before) / million;
  std::printf("%s: %lld bytes a series\n", GetParam().step, static_cast<long long>(each));
  EXPECT_LE(each, GetParam().bytes_each);
  EXPECT_EQ(step.metric("series_forgotten_total"), 0);
}

INSTANTIATE_TEST_SUITE_P(Of, ManySeries,
                         ::testing::Values(limit{"plugin: deadband", 64},
                                           limit{"plugin: throttle, window: 1m", 56},
                                           limit{"plugin: dedupe", 64},
                                           limit{"plugin: aggregate, window: 1m", 400}),
                         [](const auto& instance) {
                           const std::string text = instance.param.step + 8;
                           return text.substr(0, text.find(','));
                         });

}  // namespace
}  // namespace tidegate::testing
