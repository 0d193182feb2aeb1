// What is put into a batch_builder is what the views show.
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "blocks.hpp"
#include "tidegate/batch_builder.hpp"
#include "tidegate/testing.hpp"

namespace tidegate {
namespace {

using strings = std::vector<std::string>;

strings tags_of(const series_view& series) {
  strings all;
  for (const auto tag : series.tags()) all.push_back(std::string{tag.key} + "=" + std::string{tag.value});
  return all;
}

TEST(Batch, HasEveryTypeOfValue) {
  batch_builder builder;
  const std::byte raw[] = {std::byte{0}, std::byte{255}};
  builder.sample(builder.series("s"), -5)
      .field("bool", true)
      .field("i64", std::numeric_limits<std::int64_t>::min())
      .field("u64", std::numeric_limits<std::uint64_t>::max())
      .field("f64", -0.5)
      .field("string", "t\xc3\xa9xt")
      .field("bytes", std::span{raw})
      .field("small", std::int16_t{-3});
  const testing::batch made{builder};
  EXPECT_EQ(check(made), "");
  ASSERT_EQ(made.view().size(), 1u);
  const auto sample = made.view()[0];
  EXPECT_EQ(sample.name(), "s");
  EXPECT_EQ(sample.time(), -5);
  ASSERT_EQ(sample.size(), 7u);
  EXPECT_EQ(sample[0].name, "bool");
  EXPECT_TRUE(sample.find("bool")->as_boolean());
  EXPECT_EQ(sample.find("i64")->as_i64(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(sample.find("u64")->as_u64(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(sample.find("f64")->as_f64(), -0.5);
  EXPECT_EQ(sample.find("string")->as_text(), "t\xc3\xa9xt");
  EXPECT_EQ(sample.find("bytes")->as_text(), (std::string_view{"\0\xff", 2}));
  EXPECT_EQ(sample.find("bytes")->type(), type::bytes);
  EXPECT_EQ(sample.find("small")->as_i64(), -3);
  EXPECT_EQ(sample.find("none"), std::nullopt);
}

TEST(Batch, GivesNumbersOfAnyTypeAsDouble) {
  batch_builder builder;
  builder.sample(builder.series("s"), 0)
      .field("b", true)
      .field("i", -2)
      .field("u", 3u)
      .field("f", 1.5)
      .field("t", "7");
  const testing::batch made{builder};
  const auto sample = made.view()[0];
  EXPECT_EQ(sample.find("b")->number(), 1.0);
  EXPECT_EQ(sample.find("i")->number(), -2.0);
  EXPECT_EQ(sample.find("u")->number(), 3.0);
  EXPECT_EQ(sample.find("f")->number(), 1.5);
  EXPECT_EQ(sample.find("t")->number(), std::nullopt);
}

TEST(Batch, KeepsSamplesInTheirOrder) {
  batch_builder builder;
  const auto a = builder.series("a");
  const auto b = builder.series("b");
  for (int index = 0; index < 100; ++index) builder.sample(index % 2 ? a : b, index).field("v", index);
  const testing::batch made{builder};
  std::int64_t expected = 0;
  for (const auto sample : made.view()) {
    EXPECT_EQ(sample.name(), expected % 2 ? "a" : "b");
    EXPECT_EQ(sample.find("v")->as_i64(), expected);
    EXPECT_EQ(sample.time(), expected++);
  }
  EXPECT_EQ(expected, 100);
}

TEST(Batch, SortsTagsAndTakesTheLaterOfTwoWithTheSameKey) {
  batch_builder builder;
  builder.sample(builder.series("s", {{"b", "1"}, {"a", "2"}, {"b", "3"}}), 0).field("v", 1);
  const testing::batch made{builder};
  EXPECT_EQ(check(made), "");
  EXPECT_EQ(tags_of(made.view()[0].series()), (strings{"a=2", "b=3"}));
  EXPECT_EQ(made.view()[0].series().tag("b"), "3");
  EXPECT_EQ(made.view()[0].series().tag("c"), std::nullopt);
}

TEST(Batch, KnowsASeriesAgainWhateverTheOrderOfItsTags) {
  batch_builder builder;
  const auto first = builder.series("s", {{"a", "1"}, {"b", "2"}});
  EXPECT_EQ(builder.series("s", {{"b", "2"}, {"a", "1"}}), first);
  EXPECT_NE(builder.series("s", {{"a", "1"}}), first);
  EXPECT_NE(builder.series("s2", {{"a", "1"}, {"b", "2"}}), first);
  // No text may be mistaken for a border between two.
  EXPECT_NE(builder.series("x", {{"a", "bc"}}), builder.series("x", {{"ab", "c"}}));
}

TEST(Batch, MergesCommonTagsUnderTheSeriesOwn) {
  batch_builder builder;
  const tag_view common[] = {{"site", "tokyo"}, {"host", "gw"}, {"zone", "z"}};
  builder.common_tags(common);
  builder.sample(builder.series("plain"), 0).field("v", 1);
  builder.sample(builder.series("own", {{"host", "plc"}, {"line", "2"}}), 0).field("v", 1);
  const testing::batch made{builder};
  EXPECT_EQ(check(made), "");
  EXPECT_EQ(tags_of(made.view()[0].series()), (strings{"host=gw", "site=tokyo", "zone=z"}));
  EXPECT_EQ(tags_of(made.view()[1].series()), (strings{"host=plc", "line=2", "site=tokyo", "zone=z"}));
  EXPECT_EQ(made.view()[1].series().tag("host"), "plc");
  EXPECT_EQ(made.view()[1].series().tag("site"), "tokyo");
}

TEST(Batch, MergesCommonTagsAgainstEveryOrderOfKeys) {
  for (const strings& own :
       {strings{}, strings{"b"}, strings{"a", "b", "c"}, strings{"a"}, strings{"c"}, strings{"a", "d"}}) {
    batch_builder builder;
    const tag_view common[] = {{"b", "common"}, {"c", "common"}};
    builder.common_tags(common);
    std::vector<tag_view> tags;
    std::map<std::string, std::string> expected{{"b", "common"}, {"c", "common"}};
    for (const auto& key : own) {
      tags.push_back({key, "own"});
      expected[key] = "own";
    }
    builder.sample(builder.series("s", tags), 0).field("v", 1);
    EXPECT_EQ(testing::batch{builder}.samples().at(0).tags, expected);
  }
}

TEST(Batch, SharesTheShapeOfSamplesWithTheSameFields) {
  batch_builder builder;
  const auto series = builder.series("s");
  builder.sample(series, 0).field("a", 1).field("b", 2.0);
  builder.sample(series, 1).field("a", 1);
  builder.sample(series, 2).field("a", 1).field("b", 2.0);
  builder.sample(series, 3).field("a", 1.0).field("b", 2.0);
  const testing::batch made{builder};
  EXPECT_EQ(made.view()[0].shape_index(), made.view()[2].shape_index());
  EXPECT_EQ(made.view().shape_count(), 3u);
}

TEST(Batch, TakesRowsByColumn) {
  batch_builder builder;
  const auto series = builder.series("s");
  const auto shape = builder.shape({{"f", type::f64}, {"n", type::u64}, {"t", type::string}});
  builder.row(series, shape, 7).set(0, 1.5).set(1, 2u).set(2, std::string_view{"x"});
  builder.row(series, shape, 8);
  const testing::batch made{builder};
  EXPECT_EQ(check(made), "");
  EXPECT_EQ(made.samples()[0].number("f"), 1.5);
  EXPECT_EQ(made.samples()[0].number("n"), 2);
  EXPECT_EQ(made.samples()[0].text("t"), "x");
}

TEST(Batch, MayHaveASampleWithoutFields) {
  batch_builder builder;
  builder.sample(builder.series("s"), 1);
  builder.sample(builder.series("s"), 2).field("v", 1);
  const testing::batch made{builder};
  EXPECT_EQ(check(made), "");
  EXPECT_EQ(made.view()[0].size(), 0u);
}

TEST(Batch, OfNothingIsABlockAsWell) {
  const testing::batch made{batch_builder{}};
  EXPECT_EQ(check(made), "");
  EXPECT_TRUE(made.view().empty());
}

TEST(Batch, KeepsSeriesAndShapesOverClearSamples) {
  batch_builder builder;
  const auto series = builder.series("s", {{"k", "v"}});
  builder.sample(series, 0).field("text", "a longer text than fits into a small string");
  builder.clear_samples();
  EXPECT_TRUE(builder.empty());
  builder.sample(series, 1).field("text", "b");
  const testing::batch made{builder};
  EXPECT_EQ(check(made), "");
  ASSERT_EQ(made.samples().size(), 1u);
  EXPECT_EQ(made.samples()[0].text("text"), "b");
  EXPECT_EQ(made.samples()[0].tags, (std::map<std::string, std::string>{{"k", "v"}}));
  builder.clear();
  builder.sample(builder.series("new"), 2).field("v", 1);
  EXPECT_EQ(testing::batch{builder}.view().series_count(), 1u);
}

TEST(Batch, CopiesAValueOfAnotherBatch) {
  batch_builder from;
  from.sample(from.series("s"), 0).field("t", "text").field("f", 2.5).field("b", true);
  const testing::batch first{from};
  batch_builder to;
  {
    auto sample = to.sample(to.series("s"), 0);
    for (const auto field : first.view()[0]) sample.field(field.name, field.value);
  }
  EXPECT_EQ(testing::batch{to}.samples()[0].text("t"), "text");
  EXPECT_EQ(testing::batch{to}.samples()[0].number("f"), 2.5);
  EXPECT_EQ(testing::batch{to}.samples()[0].number("b"), 1);
}

TEST(Batch, RefusesToGrowBeyondTheLargestBlock) {
  batch_builder builder;
  const std::string text(16 * 1024 * 1024, 'x');
  const auto series = builder.series("s");
  for (int count = 0; count < 4; ++count) builder.sample(series, 0).field("t", text);
  EXPECT_THROW(builder.sample(series, 0).field("t", text), batch_builder::too_large);
  EXPECT_THROW(builder.bytes(), batch_builder::too_large);
}

}  // namespace
}  // namespace tidegate
