// What a step costs a sample of five fields, and how often it asks for memory: as a class, with a host that
// takes blocks and forgets them. A batch has 1000 samples of 10 series, as sources send them, or 1000 series.
//
// "items_per_second" counts samples; time / 1000 is the time of one.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <new>

#include "aggregate_processor.hpp"
#include "deadband_processor.hpp"
#include "dedupe_processor.hpp"
#include "fields_processor.hpp"
#include "filter_processor.hpp"
#include "lua_processor.hpp"
#include "map_processor.hpp"
#include "throttle_processor.hpp"
#include "tidegate/testing.hpp"

namespace {

std::uint64_t allocations = 0;

}  // namespace

__attribute__((noinline)) void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;
  throw std::bad_alloc{};
}
__attribute__((noinline)) void operator delete(void* memory) noexcept { std::free(memory); }
__attribute__((noinline)) void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using tidegate::batch_builder;
using tidegate::testing::list;
using tidegate::testing::map;
using tidegate::testing::option_map;

constexpr std::uint32_t samples = 1000;

// Takes blocks into one room; the host of the tests would keep them all.
class forgetful_host {
 public:
  forgetful_host() {
    raw_ = *host_.raw();
    raw_.batch_allocate = [](const tidegate_host*, std::uint32_t bytes) -> void* {
      static std::vector<std::uint64_t> room(1 << 20);
      return bytes <= room.size() * 8 ? room.data() : nullptr;
    };
    raw_.batch_submit = [](const tidegate_host*, void*) -> tidegate_status { return TIDEGATE_OK; };
    raw_.set_timer = [](const tidegate_host*, std::int64_t) {};
  }
  tidegate::processor_host processor() const { return tidegate::processor_host{&raw_}; }

 private:
  tidegate::testing::host host_;
  tidegate_host raw_{};
};

tidegate::testing::batch make_batch(std::uint32_t series, std::int64_t begin) {
  batch_builder builder;
  for (std::uint32_t index = 0; index < samples; ++index)
    builder
        .sample(builder.series("cpu", {{"core", std::to_string(index % series)}, {"host", "gateway-1"}}),
                begin + std::int64_t{index} * 1'000'000)
        .field("usage", static_cast<double>((index * 37 + static_cast<std::uint32_t>(begin)) % 1000) / 10)
        .field("user", static_cast<double>(index * 101 % 1000) / 10)
        .field("system", 12.5)
        .field("switches", 1000000 + index)
        .field("busy", index % 2 == 0);
  return tidegate::testing::batch{builder};
}

template <class Processor>
void run(benchmark::State& state, const option_map& options, std::uint32_t series) {
  const forgetful_host host;
  Processor step{host.processor(), options};
  std::vector<tidegate::testing::batch> batches;
  for (int number = 0; number < 16; ++number) batches.push_back(make_batch(series, number * 1'000'000'000LL));
  for (const auto& each : batches) step.process(each);
  const auto before = allocations;
  std::size_t next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(step.process(batches[next++ % batches.size()]));
  state.SetItemsProcessed(state.iterations() * samples);
  state.counters["allocations_a_sample"] =
      static_cast<double>(allocations - before) / (static_cast<double>(state.iterations()) * samples);
}

// The options as the schema fills them in.
const option_map keeps_all{{"keep", map({{"name", "c*"},
                                         {"tags", nullptr},
                                         {"field", nullptr},
                                         {"above", nullptr},
                                         {"below", nullptr},
                                         {"at_least", nullptr},
                                         {"at_most", nullptr},
                                         {"equals", nullptr}})},
                           {"drop", nullptr}};
const option_map keeps_half{{"keep", map({{"name", nullptr},
                                          {"tags", nullptr},
                                          {"field", "usage"},
                                          {"above", 50},
                                          {"below", nullptr},
                                          {"at_least", nullptr},
                                          {"at_most", nullptr},
                                          {"equals", nullptr}})},
                            {"drop", nullptr}};
const option_map two_fields{
    {"keep", list({"usage", "user"})}, {"drop", nullptr}, {"name", nullptr}, {"tags", nullptr}};
const option_map renames{
    {"name", nullptr},
    {"tags", nullptr},
    {"remove", nullptr},
    {"rename", map({{"name", "processor"}, {"tags", nullptr}, {"fields", map({{"load", "usage"}})}})},
    {"copy", nullptr},
    {"convert", map({{"load", map({{"type", nullptr},
                                   {"scale", 0.01},
                                   {"offset", nullptr},
                                   {"values", nullptr},
                                   {"otherwise", nullptr}})}})},
    {"defaults", nullptr},
    {"add", map({{"tags", map({{"site", "tokyo-1"}})}, {"fields", nullptr}})}};
const option_map band{{"name", nullptr},        {"tags", nullptr},     {"field", nullptr},
                      {"within", 0.5},          {"percent", 0},        {"at_least_every", nullptr},
                      {"whole_samples", false}, {"max_series", 100000}};
const option_map one_in_a_second{{"name", nullptr},
                                 {"tags", nullptr},
                                 {"window", std::chrono::seconds{1}},
                                 {"max_samples", 1},
                                 {"max_series", 100000}};
const option_map consecutive{{"name", nullptr},     {"tags", nullptr},    {"field", nullptr},
                             {"window", nullptr},   {"same_time", false}, {"at_least_every", nullptr},
                             {"max_series", 100000}};

option_map script(const char* text) {
  return {{"name", nullptr},
          {"tags", nullptr},
          {"script", text},
          {"path", nullptr},
          {"on_error", "drop"},
          {"sample_max_instructions", 100000},
          {"batch_max_instructions", 100000000},
          {"memory_max_size", 8 << 20}};
}

option_map windows(std::initializer_list<tidegate::testing::option_value> functions) {
  return {{"name", nullptr},         {"tags", nullptr},
          {"field", nullptr},        {"window", std::chrono::seconds{10}},
          {"every", nullptr},        {"functions", list(functions)},
          {"clock", "event"},        {"allowed_lateness", std::chrono::seconds{60}},
          {"keep_originals", false}, {"max_series", 100000}};
}

void run_filter(benchmark::State& state, const option_map& options, std::uint32_t series) {
  run<tidegate::filter::filter_processor>(state, options, series);
}
void run_fields(benchmark::State& state, const option_map& options, std::uint32_t series) {
  run<tidegate::fields::fields_processor>(state, options, series);
}
void run_map(benchmark::State& state, const option_map& options, std::uint32_t series) {
  run<tidegate::map::map_processor>(state, options, series);
}
void run_deadband(benchmark::State& state, const option_map& options, std::uint32_t series) {
  run<tidegate::deadband::deadband_processor>(state, options, series);
}
void run_throttle(benchmark::State& state, const option_map& options, std::uint32_t series) {
  run<tidegate::throttle::throttle_processor>(state, options, series);
}
void run_dedupe(benchmark::State& state, const option_map& options, std::uint32_t series) {
  run<tidegate::dedupe::dedupe_processor>(state, options, series);
}
void run_aggregate(benchmark::State& state, const option_map& options, std::uint32_t series) {
  run<tidegate::aggregate::aggregate_processor>(state, options, series);
}
void run_lua(benchmark::State& state, const option_map& options, std::uint32_t series) {
  run<tidegate::lua::lua_processor>(state, options, series);
}

BENCHMARK_CAPTURE(run_filter, that_keeps_all, keeps_all, 10);
BENCHMARK_CAPTURE(run_filter, that_keeps_all_of_1000_series, keeps_all, 1000);
BENCHMARK_CAPTURE(run_filter, that_drops_half, keeps_half, 10);
BENCHMARK_CAPTURE(run_fields, two_of_five, two_fields, 10);
BENCHMARK_CAPTURE(run_map, renames_and_scales, renames, 10);
BENCHMARK_CAPTURE(run_map, of_1000_series, renames, 1000);
BENCHMARK_CAPTURE(run_lua, returns_the_sample, script("function process(s) return s end"), 10);
BENCHMARK_CAPTURE(run_lua, scales_a_field,
                  script("function process(s) s.fields.usage = s.fields.usage * 0.01 return s end"), 10);
BENCHMARK_CAPTURE(run_deadband, five_fields, band, 10);
BENCHMARK_CAPTURE(run_deadband, of_1000_series, band, 1000);
BENCHMARK_CAPTURE(run_throttle, one_in_a_second, one_in_a_second, 10);
BENCHMARK_CAPTURE(run_dedupe, consecutive, consecutive, 10);
BENCHMARK_CAPTURE(run_aggregate, mean_of_five_fields, windows({"mean"}), 10);
BENCHMARK_CAPTURE(run_aggregate, mean_of_1000_series, windows({"mean"}), 1000);
BENCHMARK_CAPTURE(run_aggregate, everything,
                  windows({"count", "mean", "min", "max", "stddev", "first", "last", "rate", "p95"}), 10);

}  // namespace
