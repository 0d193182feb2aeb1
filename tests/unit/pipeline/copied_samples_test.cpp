#include "pipeline/copied_samples.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "pipeline/tag_suffix.hpp"
#include "tidegate/batch_validate.hpp"

namespace tidegate::pipeline {
namespace {

// Everything that can be said of a sample, as a text.
std::string text_of(const sample_view& of) {
  auto text = std::to_string(of.time()) + " " + std::string{of.name()};
  for (const auto tag : of.series().tags()) text += " " + std::string{tag.key} + "=" + std::string{tag.value};
  for (const auto field : of) {
    text +=
        " | " + std::string{field.name} + ":" + std::to_string(static_cast<int>(field.value.type())) + "=";
    const bool is_text = field.value.type() == type::string || field.value.type() == type::bytes;
    text += is_text ? std::string{field.value.as_text()} : std::to_string(field.value.as_u64());
  }
  return text;
}

batch_ref mixed_batch() {
  batch_builder builder;
  const auto plain = builder.series("plain");
  const auto tagged = builder.series("tagged", {{"room", "b2"}, {"site", "its own"}});
  const std::byte raw[] = {std::byte{0}, std::byte{255}};
  builder.sample(plain, 1).field("a", true).field("b", -5).field("c", 1.5);
  builder.sample(tagged, 2).field("text", "a\tb").field("bytes", std::span{raw});
  builder.sample(plain, 3).field("a", false);
  builder.sample(tagged, 4).field("big", std::uint64_t{1} << 63).field("empty", "");
  const tag_suffix tags{{{"site", "tokyo"}, {"line", "3"}}};
  void* block = allocate_block(builder.bytes(), tags.reserve());
  builder.write_to(block);
  tags.append(block);
  return batch_ref::adopt(block);
}

TEST(CopiedSamples, AreTheChosenOnesInEveryDetail) {
  const auto from = mixed_batch();
  for (const auto& chosen :
       std::vector<std::vector<std::uint32_t>>{{0}, {1}, {3}, {0, 2}, {1, 3}, {0, 1, 2, 3}}) {
    batch_builder builder;
    copy_samples(from.view(), chosen, builder);
    const auto copy = make_batch_of(builder);
    const auto result = validate(copy.block(), copy.view().bytes());
    EXPECT_EQ(result, nullptr);
    ASSERT_EQ(copy.view().size(), chosen.size());
    for (std::uint32_t index = 0; index < chosen.size(); ++index)
      EXPECT_EQ(text_of(copy.view()[index]), text_of(from.view()[chosen[index]]));
    EXPECT_EQ(copy.view().common_tag_count(), 2u);
  }
}

TEST(CopiedSamples, TakeNoMoreRoomThanTheyNeed) {
  batch_builder many;
  const auto series = many.series("s");
  for (int index = 0; index < 1000; ++index) many.sample(series, index).field("text", std::string(100, 'x'));
  const auto from = make_batch_of(many);
  batch_builder builder;
  const std::uint32_t chosen[] = {500};
  copy_samples(from.view(), chosen, builder);
  EXPECT_LT(make_batch_of(builder).view().bytes(), 1000u);
}

}  // namespace
}  // namespace tidegate::pipeline
