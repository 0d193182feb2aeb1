// A source that polls the same series again and again allocates nothing: counted by replacing operator new.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

#include "tidegate/batch.hpp"
#include "tidegate/batch_builder.hpp"

namespace {
std::atomic<long> allocations{0};
}

__attribute__((noinline)) void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc{};
}
__attribute__((noinline)) void operator delete(void* memory) noexcept { std::free(memory); }
__attribute__((noinline)) void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace tidegate {
namespace {

void poll(batch_builder& builder, std::uint32_t cpu, std::uint32_t row_shape, void* room) {
  for (int sample = 0; sample < 20; ++sample) {
    builder.sample(cpu, sample)
        .field("user", 1.5)
        .field("state", "a text too long for a small string")
        .field("on", true);
    builder.row(cpu, row_shape, sample)
        .set(0, 2.5)
        .set(1, std::string_view{"again a text that is not short"});
    builder.series("cpu", {{"core", "12345678901234567890"}, {"host", "a-host-with-a-long-name"}});
  }
  if (builder.bytes() > 64 * 1024) throw std::runtime_error{"no room"};
  builder.write_to(room);
  builder.clear_samples();
}

TEST(Builder, AllocatesNothingInSteadyState) {
  batch_builder builder;
  const auto cpu =
      builder.series("cpu", {{"core", "12345678901234567890"}, {"host", "a-host-with-a-long-name"}});
  const auto shape = builder.shape({{"idle", type::f64}, {"note", type::string}});
  void* room = ::operator new(64 * 1024);
  poll(builder, cpu, shape, room);
  const long before = allocations;
  for (int round = 0; round < 100; ++round) poll(builder, cpu, shape, room);
  EXPECT_EQ(allocations - before, 0);
  ::operator delete(room);
}

TEST(Views, AllocateNothing) {
  batch_builder builder;
  builder.sample(builder.series("cpu", {{"core", "1"}}), 5).field("user", 1.5).field("state", "busy");
  void* room = ::operator new(64 * 1024);
  builder.write_to(room);
  const long before = allocations;
  std::size_t seen = 0;
  for (const auto sample : batch_view{room}) {
    for (const auto tag : sample.series().tags()) seen += tag.key.size() + tag.value.size();
    for (const auto field : sample) seen += field.name.size();
    seen += sample.find("state")->as_text().size();
  }
  EXPECT_EQ(allocations - before, 0);
  EXPECT_EQ(seen, 4u + 1 + 4 + 5 + 4);
  ::operator delete(room);
}

}  // namespace
}  // namespace tidegate
