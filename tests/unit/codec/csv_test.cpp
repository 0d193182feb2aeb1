#include <gtest/gtest.h>

#include <limits>

#include "support.hpp"

namespace tidegate::codec {
namespace {

batch_builder& fill(batch_builder& builder) {
  const auto series = builder.series("cpu", {{"cpu", "total"}, {"host", "x"}});
  builder.sample(series, a_moment).field("usage", 12.5).field("busy", true);
  builder.sample(builder.series("memory", {{"host", "y"}}), a_moment + 1'000'000'000).field("used", 5U);
  return builder;
}

std::string encoded_two(const option_map& encoding) {
  batch_builder builder;
  return encoded(encoding, fill(builder));
}

TEST(csv, has_a_row_for_each_field_if_no_columns_are_given) {
  EXPECT_EQ(preamble({{"type", "csv"}}), "time,name,tags,field,value\n");
  EXPECT_EQ(encoded_two({{"type", "csv"}}),
            "2026-01-02T03:04:05.678Z,cpu,cpu=total;host=x,usage,12.5\n"
            "2026-01-02T03:04:05.678Z,cpu,cpu=total;host=x,busy,true\n"
            "2026-01-02T03:04:06.678Z,memory,host=y,used,5\n");
}

TEST(csv, has_a_row_for_each_sample_with_the_columns_given) {
  const option_map encoding{{"type", "csv"},
                            {"columns", list({"host", "time", "name", "usage", "used", "nothing"})}};
  EXPECT_EQ(preamble(encoding), "host,time,name,usage,used,nothing\n");
  EXPECT_EQ(encoded_two(encoding),
            "x,2026-01-02T03:04:05.678Z,cpu,12.5,,\n"
            "y,2026-01-02T03:04:06.678Z,memory,,5,\n");
}

TEST(csv, heads_columns_as_the_map_says) {
  const option_map encoding{{"type", "csv"},
                            {"columns", map({{"Zeit", "time"}, {"CPU, %", "usage"}})},
                            {"time", map({{"format", "%d.%m.%Y"}})}};
  EXPECT_EQ(preamble(encoding), "Zeit,\"CPU, %\"\n");
  EXPECT_EQ(encoded_two(encoding), "02.01.2026,12.5\n02.01.2026,\n");
}

TEST(csv, takes_the_field_where_a_tag_has_the_same_name_unless_told_which) {
  batch_builder builder;
  const auto series = builder.series("m", {{"port", "eth0"}});
  builder.sample(series, 0).field("port", 8883);
  builder.sample(series, 0).field("other", 1);
  EXPECT_EQ(encoded({{"type", "csv"}, {"columns", list({"port", "tags.port", "fields.port"})}}, builder),
            "8883,eth0,8883\neth0,eth0,\n");
}

TEST(csv, finds_fields_called_time_and_name_by_their_full_path) {
  batch_builder builder;
  builder.sample(builder.series("m"), 0).field("time", 1).field("name", 2).field("tags.x", 3);
  EXPECT_EQ(encoded({{"type", "csv"},
                     {"columns", list({"time", "fields.time", "name", "fields.name", "fields.tags.x"})},
                     {"time", map({{"format", "epoch_s"}})}},
                    builder),
            "0,1,m,2,3\n");
}

TEST(csv, quotes_what_needs_quotes_and_nothing_else) {
  const auto cell = [](const char* text) {
    auto row = encoded_value({{"type", "csv"}, {"columns", list({"v"})}}, text);
    EXPECT_EQ(row.back(), '\n');
    row.pop_back();
    return row;
  };
  EXPECT_EQ(cell("plain text; 'so'"), "plain text; 'so'");
  EXPECT_EQ(cell("a,b"), "\"a,b\"");
  EXPECT_EQ(cell("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(cell("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(cell("two\r\nlines"), "\"two\r\nlines\"");
  EXPECT_EQ(cell(""), "\"\"");
  EXPECT_EQ(cell("=1+1"), "=1+1");
  EXPECT_EQ(cell("bad \xFF, quoted"), "\"bad \uFFFD, quoted\"");
}

TEST(csv, tells_an_empty_text_from_a_missing_one) {
  batch_builder builder;
  builder.sample(builder.series("m", {{"t", ""}}), 0).field("v", "");
  EXPECT_EQ(encoded({{"type", "csv"}, {"columns", list({"v", "t", "w"})}}, builder), "\"\",\"\",\n");
}

TEST(csv, separates_by_semicolons_or_tabs_and_quotes_accordingly) {
  batch_builder builder;
  builder.sample(builder.series("m"), 0).field("a", "x;y").field("b", "x,y").field("c", "x\ty");
  EXPECT_EQ(
      encoded({{"type", "csv"}, {"delimiter", "semicolon"}, {"columns", list({"a", "b", "c"})}}, builder),
      "\"x;y\";x,y;x\ty\n");
  EXPECT_EQ(encoded({{"type", "csv"}, {"delimiter", "tab"}, {"columns", list({"a", "b", "c"})}}, builder),
            "x;y\tx,y\t\"x\ty\"\n");
  EXPECT_EQ(preamble({{"type", "csv"}, {"delimiter", "semicolon"}}), "time;name;tags;field;value\n");
}

TEST(csv, quotes_a_time_that_has_the_delimiter) {
  EXPECT_EQ(
      encoded_value(
          {{"type", "csv"}, {"columns", list({"time", "v"})}, {"time", map({{"format", "%d, \"%H\""}})}}, 1),
      "\"01, \"\"00\"\"\",1\n");
}

TEST(csv, escapes_the_marks_between_tags) {
  batch_builder builder;
  builder.sample(builder.series("m", {{"a;=", "b\\,\""}, {"c", ""}}), 0).field("v", 1);
  EXPECT_EQ(encoded({{"type", "csv"}, {"time", "none"}}, builder), "m,\"a\\;\\==b\\\\,\"\";c=\",v,1\n");
}

TEST(csv, leaves_the_cell_of_what_is_no_number_empty_unless_told_otherwise) {
  constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(encoded_value({{"type", "csv"}, {"columns", list({"name", "v"})}}, nan), "m,\n");
  EXPECT_EQ(encoded_value({{"type", "csv"}, {"columns", list({"name", "v"})}, {"not_a_number", "text"}}, nan),
            "m,NaN\n");
  EXPECT_EQ(encoded_value({{"type", "csv"}, {"columns", list({"name", "v"})}, {"not_a_number", "omit"}}, nan),
            "m,\n");
  EXPECT_EQ(encoded_value({{"type", "csv"}, {"time", "none"}}, nan), "m,,v,\n");
  EXPECT_EQ(encoded_value({{"type", "csv"}, {"time", "none"}, {"not_a_number", "omit"}}, nan), "");
  EXPECT_EQ(encoded_value({{"type", "csv"}, {"time", "none"}, {"not_a_number", "text"}},
                          -std::numeric_limits<double>::infinity()),
            "m,,v,-Infinity\n");
}

TEST(csv, rounds_if_told_so) {
  EXPECT_EQ(encoded_value({{"type", "csv"}, {"columns", list({"v"})}, {"decimals", 2}}, 2.0 / 3), "0.67\n");
}

TEST(csv, writes_bytes_as_base64) {
  const std::array<std::byte, 2> bytes{std::byte{0xFF}, std::byte{0}};
  EXPECT_EQ(encoded_value({{"type", "csv"}, {"columns", list({"v"})}}, std::span<const std::byte>{bytes}),
            "/wA=\n");
}

TEST(csv, begins_without_a_header_if_told_so) {
  EXPECT_EQ(preamble({{"type", "csv"}, {"header", false}}), "");
  EXPECT_EQ(preamble({{"type", "csv"}, {"header", false}, {"columns", list({"v"})}}), "");
}

TEST(csv, leaves_the_time_out_if_told_so) {
  EXPECT_EQ(preamble({{"type", "csv"}, {"time", "none"}}), "name,tags,field,value\n");
  EXPECT_EQ(preamble({{"type", "csv"}, {"time", map({{"as", "ts"}})}}), "ts,name,tags,field,value\n");
}

TEST(csv, says_what_it_is) {
  const auto encoder = make_encoder(option_map{{"type", "csv"}});
  EXPECT_EQ(encoder->content_type(), "text/csv; charset=utf-8");
  EXPECT_EQ(encoder->file_extension(), "csv");
}

}  // namespace
}  // namespace tidegate::codec
