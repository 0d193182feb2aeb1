// What it costs to lead a batch to its sinks: fan-out, conditions and queues, without threads and plugins.
//
// Each round is one batch from a source to the end: pushed to all, taken from each queue as its sink would,
// and delivered. "time/sample" and "allocations/sample" are those of the whole round, for all sinks together.
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdlib>
#include <deque>
#include <memory>
#include <new>
#include <vector>

#include "observe/clock.hpp"
#include "pipeline/gate.hpp"
#include "pipeline/memory_backlog.hpp"
#include "tidegate/batch_builder.hpp"

static std::atomic<std::uint64_t> allocations{0};

void* operator new(std::size_t bytes) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* made = std::malloc(bytes)) return made;
  throw std::bad_alloc{};
}
void operator delete(void* gone) noexcept { std::free(gone); }
void operator delete(void* gone, std::size_t) noexcept { std::free(gone); }

namespace {

using namespace tidegate;
using namespace tidegate::pipeline;

// Two series in turn, five fields.
batch_ref make_batch(std::uint32_t samples) {
  batch_builder builder;
  const std::uint32_t series[] = {builder.series("cpu", {{"site", "tokyo-1"}}), builder.series("memory")};
  for (std::uint32_t index = 0; index < samples; ++index)
    builder.sample(series[index % 2], index)
        .field("usage", 0.5 * index)
        .field("load1", 0.1)
        .field("load5", 0.2)
        .field("load15", 0.3)
        .field("count", std::uint64_t{index});
  void* block = allocate_block(builder.bytes());
  builder.write_to(block);
  return batch_ref::adopt(block);
}

// A pipeline with so many sinks, whose heads are pushed to.
struct graph {
  explicit graph(std::size_t sinks) {
    for (std::size_t each = 0; each < sinks; ++each) queues.emplace_back(config::buffer{}, clock, nullptr);
    for (auto& each : queues) heads.add(each);
  }
  observe::system_clock clock;
  std::deque<memory_backlog> queues;
  fan_out heads;
  std::vector<part> taken;

  void deliver_all() {
    for (auto& each : queues) {
      each.take({}, taken);
      each.deliver(taken);
    }
  }
};

template <class Push>
void run(benchmark::State& state, graph& through, Push push) {
  const auto samples = static_cast<std::uint32_t>(state.range(1));
  const auto batch = make_batch(samples);
  const std::stop_source never;
  const auto token = never.get_token();
  push(batch, token);  // what keeps its memory has it from here on
  through.deliver_all();
  const auto before = allocations.load();
  for (auto round : state) {
    (void)round;
    push(batch, token);
    through.deliver_all();
  }
  const auto all = static_cast<double>(state.iterations()) * samples;
  state.counters["allocations/sample"] = static_cast<double>(allocations.load() - before) / all;
  state.counters["time/sample"] =
      benchmark::Counter(all, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void to_sinks(benchmark::State& state) {
  graph through{static_cast<std::size_t>(state.range(0))};
  run(state, through,
      [&](const batch_ref& batch, const std::stop_token& token) { through.heads.push(batch, {}, token); });
}

std::vector<config::condition> about(const char* name) {
  std::vector<config::condition> made(1);
  made[0].name.emplace_back(name);
  return made;
}

void through_a_condition(benchmark::State& state, const char* name) {
  graph through{static_cast<std::size_t>(state.range(0))};
  const auto wanted = about(name);
  gate entrance{wanted};
  for (auto& each : through.queues) entrance.outlets().add(each);
  run(state, through,
      [&](const batch_ref& batch, const std::stop_token& token) { entrance.push(batch, {}, token); });
}

void with_all_sizes(benchmark::internal::Benchmark* of) {
  of->ArgNames({"sinks", "batch"});
  for (const int sinks : {1, 3, 10})
    for (const int batch : {1, 100, 1000}) of->Args({sinks, batch});
}

BENCHMARK(to_sinks)->Apply(with_all_sizes);
BENCHMARK_CAPTURE(through_a_condition, that_all_fit, "*")->Apply(with_all_sizes);
BENCHMARK_CAPTURE(through_a_condition, that_half_fit, "cpu")->Apply(with_all_sizes);

}  // namespace
