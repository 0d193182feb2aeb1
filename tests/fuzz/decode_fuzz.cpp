// Untrusted bytes as every framing and format reads them. The first byte says which, the second in pieces of
// what size; the rest comes in. No crash, blocks that the validator lets through, and the same samples and
// faults as if all had come at once.
//
// TIDEGATE_FUZZ_CASE names one framing or one format, which then has all of the time: slip, json. That is
// `./dev fuzz 600 decode:slip`.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/decoder.hpp"
#include "messages.hpp"
#include "tidegate/batch_validate.hpp"
#include "tidegate/testing.hpp"

namespace {

namespace codec = tidegate::codec;
using tidegate::options;
using tidegate::testing::list;
using tidegate::testing::map;
using tidegate::testing::option_map;

void must(bool holds) {
  if (!holds) std::abort();
}

// Every message of the unit tests, and what these leave out.
std::vector<codec::message> make_targets() {
  auto made = codec::messages();
  made.push_back(
      {"json with everything",
       {{"framing", map({{"type", "silence"}, {"max_size", 256}})},
        {"format",
         map({{"type", "json"},
              {"time", map({{"from", "ts"}, {"format", "rfc3339"}})},
              {"name", map({{"from", "n"}})},
              {"tags", list({"a.b", "c"})},
              {"types", map({{"t", "f64"}, {"i", "i64"}, {"u", "u64"}, {"o", "bool"}, {"s", "string"}})},
              {"scale", map({{"t", 0.1}})}})}},
       {}});
  made.push_back({"csv with a time",
                  {{"framing", map({{"type", "line"}, {"ending", "crlf"}, {"max_size", 64}})},
                   {"format", map({{"type", "csv"},
                                   {"columns", list({"ts", "a:u64", "b:bool", "c:string"})},
                                   {"delimiter", "semicolon"},
                                   {"comment", "#"},
                                   {"time", map({{"from", "ts"}, {"format", "%d.%b %Y %I:%M:%S%p %z"}})}})}},
                  {}});
  made.push_back(
      {"epochs",
       {{"framing", map({{"type", "line"},
                         {"ending", "cr"},
                         {"checksum", map({{"type", "xor"}, {"as", "hex"}, {"separator", "*"}})}})},
        {"format", map({{"type", "key-value"}, {"time", map({{"from", "t"}, {"format", "epoch_s"}})}})}},
       {}});
  made.push_back({"lengths",
                  {{"framing", map({{"type", "length-prefixed"},
                                    {"length_bytes", 2},
                                    {"byte_order", "little"},
                                    {"start", "0xaa55"},
                                    {"header_bytes", 1},
                                    {"length_counts", "frame"},
                                    {"keep_header", true},
                                    {"max_size", 64},
                                    {"silence", 1000}})},
                   {"format", map({{"type", "raw"}, {"as", "f64"}})}},
                  {}});
  made.push_back(
      {"every type of a layout",
       {{"format", map({{"type", "binary"},
                        {"byte_order", "little"},
                        {"tags", list({"tag"})},
                        {"time", map({{"from", "ts"}, {"format", "epoch_ms"}})},
                        {"layout", list({map({{"name", "tag"}, {"type", "f32"}}),
                                         map({{"name", "ts"}, {"type", "u24"}, {"offset", 2}}),
                                         map({{"name", "d"}, {"type", "f64"}, {"offset", 1}, {"scale", 2.0}}),
                                         map({{"name", "i"}, {"type", "i24"}, {"offset", 5}}),
                                         map({{"name", "o"}, {"type", "bool"}, {"bit", 7}})})}})}},
       {}});
  made.push_back(
      {"datagrams",
       {{"framing", map({{"type", "datagram"}, {"max_size", 256}})},
        {"format", map({{"type", "key-value"}, {"assign", ":"}, {"types", map({{"s", "string"}})}})}},
       {}});
  made.push_back({"datagrams with a CRC",
                  {{"framing", map({{"type", "datagram"}, {"checksum", map({{"type", "crc32"}})}})},
                   {"format", map({{"type", "json"}})}},
                  {}});
  made.push_back(
      {"lines with a CRC",
       {{"framing",
         map({{"type", "line"},
              {"checksum", map({{"type", "crc8"}, {"as", "hex"}, {"separator", "*"}, {"skip", 1}})}})},
        {"format", map({{"type", "raw"}, {"as", "i64"}})}},
       {}});
  made.push_back({"fixed, told apart by silence",
                  {{"framing", map({{"type", "fixed"},
                                    {"length", 7},
                                    {"silence", 1000},
                                    {"checksum", map({{"type", "sum16"}, {"byte_order", "little"}})}})},
                   {"format", map({{"type", "raw"}, {"as", "string"}})}},
                  {}});
  made.push_back({"markers with a CRC",
                  {{"framing", map({{"type", "markers"},
                                    {"start", "0x02"},
                                    {"end", "0x03 0x0d"},
                                    {"max_size", 32},
                                    {"checksum", map({{"type", "crc16-ccitt"}})}})},
                   {"format", map({{"type", "regex"}, {"pattern", "(?P<a>[a-z]+)=(?P<n>[0-9]+)"}})}},
                  {}});
  return made;
}

std::string type_of(const options& with, std::string_view key, std::string_view otherwise) {
  return with.has(key) ? with[key]["type"].string() : std::string{otherwise};
}

// Which targets there are in this run, by their places among all.
std::vector<std::size_t> choose_targets(const std::vector<codec::message>& all) {
  const char* const wanted = std::getenv("TIDEGATE_FUZZ_CASE");
  std::vector<std::size_t> chosen;
  for (std::size_t index = 0; index < all.size(); ++index) {
    const auto with = all[index].options.options();
    const auto format = type_of(with, "format", "");
    const auto framing = type_of(with, "framing", format == "binary" ? "fixed" : "line");
    if (wanted == nullptr || framing == wanted || format == wanted) chosen.push_back(index);
  }
  if (!chosen.empty()) return chosen;
  std::fprintf(stderr, "TIDEGATE_FUZZ_CASE: '%s' is no framing and no format\n", wanted);
  std::exit(1);
}

struct outcome {
  std::vector<tidegate::testing::sample> samples;
  std::uint64_t faults = 0;
};

void take(codec::decode_stream& from, outcome& to) {
  const tidegate::testing::batch batch{from.batch()};
  from.clear();
  must(tidegate::validate(batch.view().data(), static_cast<std::size_t>(batch.view().bytes())) == nullptr);
  for (auto& each : batch.samples()) to.samples.push_back(std::move(each));
}

outcome decode(codec::decoder& decoder, std::string_view bytes, std::size_t piece) {
  const auto faults_before = decoder.faults();
  const auto stream = decoder.open({{"stream", "x"}});
  outcome made;
  std::uint64_t given = 0;
  while (!bytes.empty()) {
    // A copy of its own for each piece, so that reading beyond it is seen.
    const auto once = std::make_unique<std::string>(bytes.substr(0, piece));
    bytes.remove_prefix(once->size());
    std::string_view rest{*once};
    while (!rest.empty()) {
      const auto taken = stream->feed(rest, 1'000'000'000);
      rest.remove_prefix(taken);
      given += taken;
      must(stream->pending() <= given);
      take(*stream, made);
    }
  }
  stream->end(codec::pause::complete, 1'000'000'000);
  must(stream->pending() == 0);
  take(*stream, made);
  made.faults = decoder.faults() - faults_before;
  return made;
}

bool is_same(const tidegate::testing::sample& a, const tidegate::testing::sample& b) {
  if (a.name != b.name || a.tags != b.tags || a.time != b.time || a.fields.size() != b.fields.size())
    return false;
  for (std::size_t index = 0; index < a.fields.size(); ++index)
    if (a.fields[index].name != b.fields[index].name || a.fields[index].value != b.fields[index].value)
      return false;
  return true;
}

// A NaN is not even itself.
bool has_nan(const tidegate::testing::sample& of) {
  for (const auto& field : of.fields)
    if (const auto* value = std::get_if<double>(&field.value); value != nullptr && *value != *value)
      return true;
  return false;
}

void compare(const outcome& a, const outcome& b) {
  must(a.faults == b.faults && a.samples.size() == b.samples.size());
  for (std::size_t index = 0; index < a.samples.size(); ++index)
    must(has_nan(a.samples[index]) || is_same(a.samples[index], b.samples[index]));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto targets = make_targets();
  static const auto chosen = choose_targets(targets);
  static tidegate::testing::host host;
  static std::vector<std::unique_ptr<codec::decoder>> decoders = [] {
    static const tidegate_value nothing{};
    host.set_log_level(TIDEGATE_LOG_ERROR);
    std::vector<std::unique_ptr<codec::decoder>> made;
    for (const auto& each : targets) {
      const auto with = each.options.options();
      const auto framing = with.has("framing") ? with["framing"] : options{nothing};
      made.push_back(std::make_unique<codec::decoder>(host.source(), framing, with["format"]));
    }
    return made;
  }();
  if (size < 2) return 0;
  // An input of the corpus means the same target in every run that has it.
  auto target = data[0] % targets.size();
  if (std::find(chosen.begin(), chosen.end(), target) == chosen.end())
    target = chosen[data[0] % chosen.size()];
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 2, size - 2};
  const std::size_t piece = data[1] % 32U + 1;
  // A datagram is what comes at once, so that other pieces are other datagrams.
  const bool is_datagram = type_of(targets[target].options.options(), "framing", "line") == "datagram";
  compare(decode(*decoders[target], bytes, is_datagram ? piece : bytes.size()),
          decode(*decoders[target], bytes, piece));
  return 0;
}
