// What an encoder costs for a sample of five fields, beside the floor: the same line put together in a bare
// loop with to_chars, with names and tags known beforehand.
//
// "items_per_second" counts samples; time / 1000 is the time of one.
#include <benchmark/benchmark.h>

#include <charconv>
#include <cmath>
#include <cstring>

#include "codec/encoder.hpp"
#include "tidegate/testing.hpp"

namespace {

using tidegate::batch_builder;
using tidegate::testing::list;
using tidegate::testing::map;
using tidegate::testing::option_map;

constexpr std::uint32_t samples = 1000;
constexpr std::int64_t begin = 1'767'323'045'678'000'000;
constexpr std::int64_t step = 10'000'000;

// Few decimals are what sensors send; all digits are what a computed value has.
enum class digits { few, all };

double value_of(std::uint32_t sample, int field, digits how) {
  if (how == digits::few)
    return static_cast<double>((sample * 37 + static_cast<std::uint32_t>(field) * 101) % 1000) / 10;
  return 50 + 50 * std::sin(sample * 0.01 + field);
}

tidegate::testing::batch make_batch(digits how) {
  batch_builder builder;
  const auto series = builder.series("cpu", {{"core", "total"}, {"host", "gateway-1"}});
  for (std::uint32_t index = 0; index < samples; ++index)
    builder.sample(series, begin + index * step)
        .field("usage", value_of(index, 0, how))
        .field("user", value_of(index, 1, how))
        .field("system", value_of(index, 2, how))
        .field("switches", 1000000 + index)
        .field("busy", index % 2 == 0);
  return tidegate::testing::batch{builder};
}

void run(benchmark::State& state, const option_map& encoding, digits how) {
  const auto encoder = tidegate::codec::make_encoder(encoding);
  const auto batch = make_batch(how);
  const auto slice = batch.slice();
  std::string payload;
  for (auto _ : state) {
    payload.clear();
    encoder->encode({&slice, 1}, 0, samples, payload);
    benchmark::DoNotOptimize(payload.data());
  }
  state.SetItemsProcessed(state.iterations() * samples);
  state.counters["bytes"] = static_cast<double>(payload.size()) / samples;
}

// ---- The floor ------------------------------------------------------------------------------------------

char* put(char* at, std::string_view text) {
  std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

char* put_digits(char* at, std::int64_t value, int count) {
  for (int place = count - 1; place >= 0; --place, value /= 10)
    at[place] = static_cast<char>('0' + value % 10);
  return at + count;
}

// As a program would that knows its line: the date is formatted once a second.
char* put_time(char* at, std::int64_t time) {
  static thread_local std::int64_t known = -1;
  static thread_local char text[32];
  const auto second = time / 1'000'000'000;
  if (second != known) {
    known = second;
    const std::time_t seconds = second;
    std::tm when{};
    gmtime_r(&seconds, &when);
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.", &when);
  }
  std::memcpy(at, text, 20);
  at = put_digits(at + 20, time % 1'000'000'000 / 1'000'000, 3);
  *at++ = 'Z';
  return at;
}

char* put_sample(char* at, const tidegate::sample_view& sample) {
  const auto* slots = sample.slots();
  const auto number = [&](int field) {
    at = std::to_chars(at, at + 32, std::bit_cast<double>(slots[field])).ptr;
  };
  at = put(at, "{\"time\":\"");
  at = put_time(at, sample.time());
  at = put(at,
           "\",\"name\":\"cpu\",\"tags\":{\"core\":\"total\",\"host\":\"gateway-1\"},\"fields\":{\"usage\":");
  number(0);
  at = put(at, ",\"user\":");
  number(1);
  at = put(at, ",\"system\":");
  number(2);
  at = put(at, ",\"switches\":");
  at = std::to_chars(at, at + 32, slots[3]).ptr;
  at = put(at, ",\"busy\":");
  at = put(at, slots[4] != 0 ? "true" : "false");
  return put(at, "}}\n");
}

void bare_loop(benchmark::State& state, digits how) {
  const auto batch = make_batch(how);
  std::string payload(samples * 256, '\0');
  std::size_t bytes = 0;
  for (auto _ : state) {
    auto* at = payload.data();
    for (const auto sample : batch.view()) at = put_sample(at, sample);
    bytes = static_cast<std::size_t>(at - payload.data());
    benchmark::DoNotOptimize(payload.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * samples);
  state.counters["bytes"] = static_cast<double>(bytes) / samples;
}

// One sample a payload, as a message each: what is cached for a block serves one sample only.
void one_by_one(benchmark::State& state) {
  const auto encoder = tidegate::codec::make_encoder(option_map{{"type", "json"}});
  const auto batch = make_batch(digits::few);
  const auto slice = batch.slice();
  std::string payload;
  for (auto _ : state)
    for (std::uint32_t index = 0; index < samples; ++index) {
      payload.clear();
      encoder->encode({&slice, 1}, index, 1, payload);
      benchmark::DoNotOptimize(payload.data());
    }
  state.SetItemsProcessed(state.iterations() * samples);
}

BENCHMARK_CAPTURE(bare_loop, few_decimals, digits::few);
BENCHMARK_CAPTURE(bare_loop, all_digits, digits::all);
BENCHMARK_CAPTURE(run, ndjson_few_decimals, option_map{{"type", "ndjson"}}, digits::few);
BENCHMARK_CAPTURE(run, ndjson_all_digits, option_map{{"type", "ndjson"}}, digits::all);
BENCHMARK_CAPTURE(run, ndjson_all_digits_rounded, option_map({{"type", "ndjson"}, {"decimals", 2}}),
                  digits::all);
BENCHMARK_CAPTURE(run, ndjson_flat, option_map({{"type", "ndjson"}, {"layout", "flat"}}), digits::few);
BENCHMARK_CAPTURE(run, json_array, option_map{{"type", "json"}}, digits::few);
BENCHMARK_CAPTURE(run, cbor_few_decimals, option_map{{"type", "cbor-seq"}}, digits::few);
BENCHMARK_CAPTURE(run, cbor_flat, option_map({{"type", "cbor-seq"}, {"layout", "flat"}}), digits::few);
BENCHMARK(one_by_one);
BENCHMARK_CAPTURE(
    run, csv_a_row_a_sample,
    option_map({{"type", "csv"},
                {"columns", list({"time", "name", "host", "usage", "user", "system", "switches", "busy"})}}),
    digits::few);
BENCHMARK_CAPTURE(run, csv_a_row_a_field, option_map{{"type", "csv"}}, digits::few);
BENCHMARK_CAPTURE(run, line_protocol, option_map{{"type", "line-protocol"}}, digits::few);
BENCHMARK_CAPTURE(run, ndjson_local_pattern,
                  option_map({{"type", "ndjson"},
                              {"time", map({{"format", "%d.%m.%Y %H:%M:%S"}, {"zone", "local"}})}}),
                  digits::few);

}  // namespace
