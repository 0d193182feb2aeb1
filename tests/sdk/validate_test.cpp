// validate() accepts what the builder makes, and lets nothing pass that a view could leave the block with.
#include <gtest/gtest.h>

#include <functional>

#include "blocks.hpp"
#include "tidegate/batch_builder.hpp"

namespace tidegate {
namespace {

testing::batch small_batch() {
  batch_builder builder;
  const tag_view common[] = {{"c", "1"}, {"k", "2"}};
  builder.common_tags(common);
  builder.sample(builder.series("a", {{"k", "v"}, {"l", "w"}}), 1)
      .field("f", 1.5)
      .field("t", "text")
      .field("b", true);
  builder.sample(builder.series("b"), 2).field("t", "more");
  return testing::batch{builder};
}

// What is said of the small batch after it was spoiled.
std::string said(const std::function<void(tidegate_block_header&, unsigned char*)>& spoil) {
  const auto good = small_batch();
  exact_block block{good.view().data(), good.view().bytes()};
  spoil(*reinterpret_cast<tidegate_block_header*>(block.data()), block.data());
  const char* wrong = validate(block.data(), block.size());
  return wrong == nullptr ? "" : wrong;
}
template <class Record>
Record& record(unsigned char* base, tidegate_section section, std::uint32_t index = 0) {
  return reinterpret_cast<Record*>(base + section.offset)[index];
}
using header = tidegate_block_header;
using bytes = unsigned char*;

TEST(Validate, AcceptsWhatTheBuilderMakes) {
  EXPECT_EQ(said([](header&, bytes) {}), "");
}

TEST(Validate, AcceptsABlockThatHasMoreBytesBehindIt) {
  const auto good = small_batch();
  std::string longer(static_cast<const char*>(good.view().data()), good.view().bytes());
  longer += "what follows it in a file";
  exact_block block{longer.data(), longer.size()};
  EXPECT_EQ(validate(block.data(), block.size()), nullptr);
}

TEST(Validate, AcceptsALongerHeaderOfALaterMinor) {
  const auto good = small_batch();
  const auto length = good.view().bytes();
  // All offsets move by 8: so much is inserted behind the header.
  std::string moved(length + 8, '\0');
  std::memcpy(moved.data(), good.view().data(), sizeof(header));
  header longer;
  std::memcpy(&longer, moved.data(), sizeof longer);
  longer.header_bytes += 8;
  longer.block_bytes = length + 8;
  // An empty block: no record's own offsets have to move.
  longer.series = longer.tags = longer.common_tags = longer.shapes = longer.columns = longer.samples =
      longer.slots = {length + 8, 0};
  std::memcpy(moved.data(), &longer, sizeof longer);
  exact_block block{moved.data(), moved.size()};
  EXPECT_EQ(validate(block.data(), block.size()), nullptr);
}

TEST(Validate, NamesWhatIsWrongWithAHeader) {
  EXPECT_EQ(said([](header& h, bytes) { h.magic = 0; }), "does not begin with the magic bytes TGB1");
  EXPECT_EQ(said([](header& h, bytes) { h.version = 2; }), "has a layout version that is not known here");
  EXPECT_EQ(said([](header& h, bytes) { h.header_bytes -= 8; }), "header_bytes is wrong");
  EXPECT_EQ(said([](header& h, bytes) { h.flags = 1; }), "has flags that are not known here");
  EXPECT_EQ(said([](header& h, bytes) { h.block_bytes += 8; }), "ends before its block_bytes");
  EXPECT_EQ(said([](header& h, bytes) { h.block_bytes -= 4; }), "block_bytes is not a multiple of 8");
  EXPECT_EQ(said([](header& h, bytes) { h.block_bytes = TIDEGATE_BLOCK_BYTES_MAX + 8; }),
            "is larger than 64 MiB");
  EXPECT_EQ(said([](header& h, bytes) { h.block_bytes = 8; }), "block_bytes is smaller than the header");
}

TEST(Validate, RefusesASectionThatLiesOutside) {
  for (const auto section : {&header::series, &header::tags, &header::common_tags, &header::shapes,
                             &header::columns, &header::samples, &header::slots}) {
    const std::string outside = "a section lies outside the block";
    EXPECT_EQ(said([&](header& h, bytes) { (h.*section).count = UINT32_MAX; }), outside);
    EXPECT_EQ(said([&](header& h, bytes) { (h.*section).offset = UINT32_MAX - 7; }), outside);
    EXPECT_EQ(said([&](header& h, bytes) { (h.*section).offset += 4; }), outside);
    EXPECT_EQ(said([&](header& h, bytes) { (h.*section).offset = 0; }), outside);
  }
}

TEST(Validate, RefusesRecordsThatLeadOutOfTheirSection) {
  using series = tidegate_series_record;
  using tag = tidegate_tag_record;
  using shape = tidegate_shape_record;
  using column = tidegate_column_record;
  using sample = tidegate_sample_record;
  EXPECT_EQ(said([](header& h, bytes b) { record<series>(b, h.series).name.length = 0; }),
            "a series' name is empty or lies outside the block");
  EXPECT_EQ(said([](header& h, bytes b) { record<series>(b, h.series).name.offset = UINT32_MAX; }),
            "a series' name is empty or lies outside the block");
  EXPECT_EQ(said([](header& h, bytes b) { record<series>(b, h.series).tag_count = 3; }),
            "a series' tags lie outside their section");
  EXPECT_EQ(said([](header& h, bytes b) { record<series>(b, h.series, 1) = record<series>(b, h.series); }),
            "series overlap in the tag section");
  EXPECT_EQ(said([](header& h, bytes b) { std::swap(record<tag>(b, h.tags), record<tag>(b, h.tags, 1)); }),
            "a series' tags are not ascending by key");
  EXPECT_EQ(
      said([](header& h, bytes b) { record<tag>(b, h.common_tags, 1) = record<tag>(b, h.common_tags); }),
      "common tags are not ascending by key");
  EXPECT_EQ(said([](header& h, bytes b) { record<tag>(b, h.tags).value.length = UINT32_MAX; }),
            "a tag's value lies outside the block");
  EXPECT_EQ(said([](header& h, bytes b) { record<tag>(b, h.tags).key.offset = 0; }),
            "a tag's key is empty or lies outside the block");
  EXPECT_EQ(said([](header& h, bytes b) { record<shape>(b, h.shapes).column_count = UINT32_MAX; }),
            "a shape's fields lie outside their section");
  EXPECT_EQ(said([](header& h, bytes b) { record<column>(b, h.columns).type = TIDEGATE_TYPE_LIST; }),
            "a field has an unknown type");
  EXPECT_EQ(said([](header& h, bytes b) { record<column>(b, h.columns).name.offset = 1; }),
            "a field's name is empty or lies outside the block");
  EXPECT_EQ(said([](header& h, bytes b) { record<sample>(b, h.samples).series = 2; }),
            "a sample's series does not exist");
  EXPECT_EQ(said([](header& h, bytes b) { record<sample>(b, h.samples).shape = 2; }),
            "a sample's shape does not exist");
  EXPECT_EQ(said([](header& h, bytes b) { record<sample>(b, h.samples).first_slot = UINT32_MAX; }),
            "a sample's values lie outside their section");
  EXPECT_EQ(said([](header& h, bytes b) { record<sample>(b, h.samples, 1) = record<sample>(b, h.samples); }),
            "samples overlap in the value section");
  EXPECT_EQ(said([](header& h, bytes b) { record<std::uint64_t>(b, h.slots, 2) = 2; }),
            "a bool is neither 0 nor 1");
  EXPECT_EQ(said([](header& h, bytes b) { record<std::uint64_t>(b, h.slots, 1) |= std::uint64_t{1} << 63; }),
            "a text lies outside the block");
}

// Keys that are beginnings of one another, each to be compared with the next: quadratic, if it were let be.
TEST(Validate, RefusesKeysThatWouldTakeTooLongToCompare) {
  constexpr std::uint32_t count = 20000;
  const std::uint32_t text = sizeof(header);
  const std::uint32_t tags = text + count;
  std::string made(tags + count * sizeof(tidegate_tag_record), 'a');
  header head{};
  head.magic = TIDEGATE_BLOCK_MAGIC;
  head.version = TIDEGATE_BLOCK_VERSION;
  head.header_bytes = sizeof head;
  head.block_bytes = static_cast<std::uint32_t>(made.size());
  head.series = head.tags = head.shapes = head.columns = head.samples = head.slots = {tags, 0};
  head.common_tags = {tags, count};
  std::memcpy(made.data(), &head, sizeof head);
  for (std::uint32_t index = 0; index < count; ++index) {
    const tidegate_tag_record tag{{text, index + 1}, {0, 0}};
    std::memcpy(made.data() + tags + index * sizeof tag, &tag, sizeof tag);
  }
  exact_block block{made.data(), made.size()};
  EXPECT_STREQ(validate(block.data(), block.size()), "tags have keys that are too long together");
}

TEST(Validate, RefusesABlockThatIsNotAligned) {
  const auto good = small_batch();
  exact_block block{good.view().data(), good.view().bytes()};
  EXPECT_STREQ(validate(block.data() + 4, block.size() - 4), "not aligned to 8 bytes");
}

TEST(Validate, RefusesABlockCutAnywhere) {
  const auto good = small_batch();
  for (std::uint32_t length = 0; length < good.view().bytes(); ++length) {
    exact_block block{good.view().data(), length};
    EXPECT_NE(validate(block.data(), block.size()), nullptr) << length;
  }
}

// Run it with the address sanitizer to have it mean something.
TEST(Validate, LeavesNothingToReadOutsideWhateverByteIsChanged) {
  const auto good = small_batch();
  int accepted = 0;
  for (std::uint32_t at = 0; at < good.view().bytes(); ++at)
    for (int value = 0; value < 256; ++value) {
      exact_block block{good.view().data(), good.view().bytes()};
      block.data()[at] = static_cast<unsigned char>(value);
      if (validate(block.data(), block.size()) != nullptr) continue;
      ++accepted;
      reader{}.read(batch_view{block.data()});
    }
  EXPECT_GT(accepted, 256);  // texts and times may be anything
}

}  // namespace
}  // namespace tidegate
