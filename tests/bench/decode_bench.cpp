// What a decoder costs for a line of 120 bytes with five fields, from bytes to a block. "items_per_second"
// counts lines; beside it the floor: finding the ends of the lines.
#include <benchmark/benchmark.h>

#include <cstring>
#include <string>

#include "codec/decoder.hpp"
#include "tidegate/testing.hpp"

namespace {

namespace codec = tidegate::codec;
using tidegate::testing::list;
using tidegate::testing::map;
using tidegate::testing::option_map;

constexpr int lines = 1000;

std::string number(int line, int field) {
  const auto value = (line * 37 + field * 101) % 1000;
  return std::to_string(value / 10) + "." + std::to_string(value % 10);
}

std::string padded(std::string line) {
  line.resize(119, 'x');
  return line;
}

std::string json_lines() {
  std::string made;
  for (int line = 0; line < lines; ++line) {
    auto text = "{\"temperature\":" + number(line, 0) + ",\"humidity\":" + number(line, 1) +
                ",\"pressure\":" + std::to_string(1000 + line % 50) +
                ",\"valve\":" + (line % 2 != 0 ? "true" : "false") + ",\"state\":\"";
    made += padded(std::move(text)).substr(0, 117) + "\"}\n";
  }
  return made;
}

std::string csv_lines() {
  std::string made;
  for (int line = 0; line < lines; ++line)
    made += padded(number(line, 0) + "," + number(line, 1) + "," + std::to_string(1000 + line % 50) + "," +
                   (line % 2 != 0 ? "true" : "false") + ",") +
            "\n";
  return made;
}

void run(benchmark::State& state, const option_map& format, const std::string& bytes) {
  const tidegate_value nothing{};
  const tidegate::testing::host host;
  codec::decoder decoder{host.source(), tidegate::options{nothing}, format};
  const auto stream = decoder.open({});
  std::vector<std::uint64_t> block;
  for (auto _ : state) {
    for (std::string_view rest{bytes}; !rest.empty();) {
      auto piece = rest.substr(0, 65'536);
      rest.remove_prefix(piece.size());
      while (!piece.empty()) {
        piece.remove_prefix(stream->feed(piece, 1));
        block.resize(stream->batch().bytes() / 8);
        stream->batch().write_to(block.data());
        stream->clear();
      }
    }
    benchmark::DoNotOptimize(block.data());
  }
  state.SetItemsProcessed(state.iterations() * lines);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

void json(benchmark::State& state) { run(state, {{"type", "json"}}, json_lines()); }
void csv(benchmark::State& state) {
  run(state, {{"type", "csv"}, {"columns", list({"a:f64", "b:f64", "c:i64", "d:bool", "e:string"})}},
      csv_lines());
}
void regex(benchmark::State& state) {
  run(state,
      {{"type", "regex"}, {"pattern", "^(?P<a>[^,]*),(?P<b>[^,]*),(?P<c>[^,]*),(?P<d>[^,]*),(?P<e>.*)$"}},
      csv_lines());
}

void floor_lines(benchmark::State& state) {
  const auto bytes = json_lines();
  for (auto _ : state) {
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    for (; at != end; ++at) {
      at = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
      benchmark::DoNotOptimize(at);
    }
  }
  state.SetItemsProcessed(state.iterations() * lines);
}

BENCHMARK(json);
BENCHMARK(csv);
BENCHMARK(regex);
BENCHMARK(floor_lines);

}  // namespace
