// An encoder that has seen samples like these allocates nothing for more of them.
#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>

#include "../../plugins/sources/count_allocations.hpp"
#include "support.hpp"

namespace tidegate::codec {
namespace {

// Two shapes in turn, two series, a text, and times that pass from second to second.
testing::batch make_batch(std::int64_t begin) {
  batch_builder builder;
  const std::string bytes(100, '\xFF');
  const std::uint32_t series[] = {
      builder.series("cpu", {{"core", "0"}, {"a rather long name of a tag", "x"}}),
      builder.series("cpu", {{"core", "1"}})};
  for (int index = 0; index < 500; ++index) {
    const auto time = begin + index * 300'000'000LL;
    if (index % 3 == 0)
      builder.sample(series[index % 2], time)
          .field("core", index)
          .field("state", "a text that is long enough not to be short")
          .field("mended", "a text that is long enough and is not \xFF UTF-8")
          .field("raw", std::as_bytes(std::span{bytes}));
    else
      builder.sample(series[index % 2], time)
          .field("usage", index / 7.0)
          .field("user", index * 0.1)
          .field("busy", true);
  }
  return testing::batch{builder};
}

std::uint64_t allocations_in_steady_state(const option_map& encoding) {
  const auto encoder = make_encoder(encoding);
  const testing::batch batches[] = {make_batch(a_moment), make_batch(a_moment + 1'000'000'000'000)};
  std::string payload;
  const auto round = [&] {
    for (const auto& batch : batches) {
      const auto slice = batch.slice();
      payload.clear();
      encoder->encode({&slice, 1}, 0, slice.count, payload);
      for (std::uint32_t index = 0; index < slice.count; ++index) {
        payload.clear();
        encoder->encode({&slice, 1}, index, 1, payload);
      }
    }
  };
  round();
  const auto before = testing::allocations();
  round();
  round();
  return testing::allocations() - before;
}

TEST(encoding, allocates_nothing_in_steady_state) {
  EXPECT_EQ(allocations_in_steady_state({{"type", "ndjson"}}), 0U);
  EXPECT_EQ(allocations_in_steady_state({{"type", "json"}, {"layout", "flat"}, {"decimals", 2}}), 0U);
  EXPECT_EQ(allocations_in_steady_state({{"fields", list({"usage", "state", "none"})},
                                         {"missing", "empty"},
                                         {"tags", map({{"c", "core"}})}}),
            0U);
  EXPECT_EQ(allocations_in_steady_state(
                {{"time", map({{"format", "%A %d.%m.%Y %H:%M:%S.%3N %Z"}, {"zone", "local"}})}}),
            0U);
  EXPECT_EQ(allocations_in_steady_state({{"type", "cbor"}}), 0U);
  EXPECT_EQ(allocations_in_steady_state({{"type", "cbor-seq"}, {"layout", "flat"}, {"decimals", 2}}), 0U);
  EXPECT_EQ(allocations_in_steady_state({{"type", "csv"}}), 0U);
  EXPECT_EQ(allocations_in_steady_state(
                {{"type", "csv"}, {"columns", list({"time", "name", "core", "usage", "state"})}}),
            0U);
  EXPECT_EQ(allocations_in_steady_state({{"type", "line-protocol"}}), 0U);
}

TEST(encoding, through_the_table_of_the_abi_allocates_nothing_in_steady_state) {
  const auto& table = *encode_extension();
  const option_map options{};
  void* encoder = nullptr;
  ASSERT_EQ(table.create(nullptr, &options.raw(), &encoder, nullptr), TIDEGATE_OK);
  const auto batch = make_batch(a_moment);
  const auto slice = batch.slice();
  tidegate_delivery delivery{};
  delivery.size = sizeof delivery;
  delivery.slices = &slice;
  delivery.slice_count = 1;
  delivery.sample_count = slice.count;
  tidegate_text payload{};
  table.encode(encoder, &delivery, 0, slice.count, &payload, nullptr);
  const auto before = testing::allocations();
  for (int round = 0; round < 10; ++round)
    table.encode(encoder, &delivery, 0, slice.count, &payload, nullptr);
  EXPECT_EQ(testing::allocations() - before, 0U);
  EXPECT_GT(payload.length, 10'000U);
  table.destroy(encoder);
}

TEST(the_count, counts) {
  const auto before = testing::allocations();
  const auto something = std::make_unique<std::string>(100, 'x');
  EXPECT_EQ(testing::allocations() - before, 2U);
}

}  // namespace
}  // namespace tidegate::codec
