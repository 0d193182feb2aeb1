#include "pipeline/tag_suffix.hpp"

#include <gtest/gtest.h>

#include "tidegate/batch_validate.hpp"
#include "unit/batch/made_batch.hpp"

namespace tidegate::pipeline {
namespace {

void* raw_block(const std::vector<tag_view>& series_tags, const std::vector<tag_view>& common,
                std::uint32_t reserve) {
  batch_builder builder;
  const auto series = builder.series("cpu", std::span{series_tags});
  builder.common_tags(common);
  builder.sample(series, 1).field("usage", 12.5).field("state", "ok");
  void* block = allocate_block(builder.bytes(), reserve);
  builder.write_to(block);
  return block;
}

std::string tags_of(const batch_ref& batch) {
  std::string all;
  for (const auto tag : batch.view()[0].series().tags())
    all += std::string{tag.key} + "=" + std::string{tag.value} + " ";
  return all;
}

batch_ref with_suffix(void* block, const tag_suffix& suffix) {
  suffix.append(block);
  const auto* wrong = validate(block, block_capacity(block));
  EXPECT_EQ(wrong, nullptr) << wrong;
  return batch_ref::adopt(block);
}

TEST(TagSuffix, PutsTagsOnEverySampleWithoutMovingIt) {
  const tag_suffix suffix{{{"site", "tokyo"}, {"host", "pc"}}};
  void* block = raw_block({{"cpu", "0"}}, {}, suffix.reserve());
  const auto batch = with_suffix(block, suffix);
  EXPECT_EQ(batch.block(), block);
  EXPECT_EQ(tags_of(batch), "cpu=0 host=pc site=tokyo ");
  EXPECT_EQ(batch.view()[0].find("state")->as_text(), "ok");
}

TEST(TagSuffix, TheSeriesOwnTagWins) {
  const tag_suffix suffix{{{"host", "gateway"}}};
  EXPECT_EQ(tags_of(with_suffix(raw_block({{"host", "sensor"}}, {}, suffix.reserve()), suffix)),
            "host=sensor ");
}

TEST(TagSuffix, TheBlocksCommonTagsStay) {
  const tag_suffix suffix{{{"a", "1"}, {"m", "gateway"}, {"z", "9"}}};
  EXPECT_EQ(tags_of(with_suffix(raw_block({}, {{"m", "source"}, {"b", "2"}}, suffix.reserve()), suffix)),
            "a=1 b=2 m=source z=9 ");
}

TEST(TagSuffix, WithoutTagsChangesNothing) {
  const tag_suffix suffix{{}};
  EXPECT_EQ(suffix.reserve(), 0u);
  EXPECT_EQ(tags_of(with_suffix(raw_block({{"cpu", "0"}}, {}, 0), suffix)), "cpu=0 ");
}

}  // namespace
}  // namespace tidegate::pipeline
