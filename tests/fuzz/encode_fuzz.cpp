// What every encoder makes of a block of untrusted bytes that the validator has let through: no crash, no
// reading outside the block, JSON that a reader which is not ours can read, and CBOR that
// the reader of the unit tests finds to be as promised.
#include <boost/json/src.hpp>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "cbor_reader.hpp"
#include "codec/encoder.hpp"
#include "tidegate/batch_validate.hpp"
#include "tidegate/testing.hpp"

namespace {

namespace cbor_reader = tidegate::cbor_reader;
using tidegate::testing::list;
using tidegate::testing::map;
using tidegate::testing::option_map;

void must(bool holds) {
  if (!holds) std::abort();
}

struct target {
  std::unique_ptr<tidegate::codec::encoder> encoder;
  enum { json, ndjson, cbor, cbor_sequence, other } kind;
};

std::vector<target> make_targets() {
  std::vector<target> made;
  const auto add = [&](decltype(target::kind) kind, const option_map& encoding) {
    made.push_back({tidegate::codec::make_encoder(encoding), kind});
  };
  add(target::json, {{"type", "json"}, {"array", "always"}, {"style", "spaced"}, {"not_a_number", "text"}});
  add(target::json, {{"type", "json"},
                     {"layout", "flat"},
                     {"tags", list({"host", "a"})},
                     {"fields", list({"v", "b"})},
                     {"missing", "empty"},
                     {"decimals", 2}});
  add(target::ndjson, {{"layout", "flat"}, {"not_a_number", "omit"}, {"big_integers", "text"}});
  add(target::ndjson, {{"time", map({{"format", "%A %d.%m.%Y \"%H:%M:%S.%9N %Z"}})}});
  add(target::cbor, {{"type", "cbor"}, {"array", "always"}});
  add(target::cbor, {{"type", "cbor"},
                     {"layout", "flat"},
                     {"tags", list({"host", "a"})},
                     {"fields", list({"v", "b"})},
                     {"missing", "empty"},
                     {"decimals", 2}});
  add(target::cbor_sequence, {{"type", "cbor-seq"}, {"layout", "flat"}});
  add(target::cbor_sequence, {{"type", "cbor-seq"}, {"time", map({{"format", "epoch_ns"}})}});
  add(target::other, {{"type", "csv"}});
  add(target::other,
      {{"type", "csv"}, {"columns", list({"time", "name", "host", "v", "tags.a"})}, {"decimals", 0}});
  add(target::other, {{"type", "line-protocol"}});
  return made;
}

void must_be_json(std::string_view text) {
  boost::json::error_code failed;
  // Numbers beyond what a double can hold do not come from us, and keys may repeat: a sample may have
  // names that become equal when they are mended.
  boost::json::parse(text, failed);
  must(!failed);
}

void must_be_ndjson(std::string_view text, std::uint32_t count) {
  for (; count > 0; --count) {
    const auto end = text.find('\n');
    must(end != text.npos);
    must_be_json(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  must(text.empty());
}

// All of it are so many maps.
void must_be_cbor_maps(const std::vector<cbor_reader::item>& items, std::uint32_t count) {
  must(items.size() == count);
  for (const auto& each : items) must(each.is == cbor_reader::item::map);
}

void must_be_cbor(std::string_view bytes, std::uint32_t count) {
  const auto read = cbor_reader::read_one(bytes);
  must(read.has_value());
  if (read->is == cbor_reader::item::array)
    must_be_cbor_maps(read->items, count);
  else
    must_be_cbor_maps({*read}, count);
}

void must_be_cbor_sequence(std::string_view bytes, std::uint32_t count) {
  const auto read = cbor_reader::read_sequence(bytes);
  must(read.has_value());
  must_be_cbor_maps(*read, count);
}

void encode(const target& with, const void* block, std::uint32_t count) {
  const tidegate_slice slices[] = {{block, 0, count}, {block, count / 2, count - count / 2}};
  const auto all = static_cast<std::uint32_t>(tidegate::codec::sample_count(slices));
  std::string payload;
  with.encoder->encode(slices, 0, all, payload);
  if (with.kind == target::json) must_be_json(payload);
  if (with.kind == target::ndjson) must_be_ndjson(payload, all);
  if (with.kind == target::cbor) must_be_cbor(payload, all);
  if (with.kind == target::cbor_sequence) must_be_cbor_sequence(payload, all);
  // A range is the same bytes again, where one sample does not depend on the others.
  if (with.kind != target::json && with.kind != target::cbor) {
    std::string parts;
    with.encoder->encode(slices, 0, all / 3, parts);
    with.encoder->encode(slices, all / 3, all - all / 3, parts);
    must(parts == payload);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const auto targets = make_targets();
  // Aligned, and not a byte longer than the input, for the sanitizers.
  const std::unique_ptr<std::uint64_t[]> memory{new std::uint64_t[size / 8]};
  if (size < 8) return 0;
  const auto bytes = size / 8 * 8;
  std::memcpy(memory.get(), data, bytes);
  if (tidegate::validate(memory.get(), bytes) != nullptr) return 0;
  const tidegate::batch_view batch{memory.get()};
  for (const auto& each : targets) encode(each, batch.data(), batch.size());
  return 0;
}
