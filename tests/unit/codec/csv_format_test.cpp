// CSV as it comes in.
#include <gtest/gtest.h>

#include "decode_support.hpp"

namespace tidegate::codec {
namespace {

option_map csv(std::vector<option_value> columns) {
  return {{"format", map({{"type", "csv"}, {"columns", list(std::move(columns))}})}};
}

TEST(csv_in, has_columns_with_names_and_types) {
  EXPECT_EQ(decoded(csv({"t:f64", "n:i64", "u:u64", "on:bool", "s:string", "a"}),
                    "21,-3,4,true,05,6\n21.5, 7 ,8,0,x y,abc\n"),
            "test t=21f n=-3 u=4u on=true s='05' a=6f\ntest t=21.5f n=7 u=8u on=false s='x y' a='abc'");
}

TEST(csv_in, has_booleans_as_devices_write_them) {
  decoding it{csv({"b:bool"})};
  it.feed("true\nfalse\non\noff\nyes\nno\n1\n0\nTrue\nOFF\n Yes \n");
  EXPECT_EQ(it.samples(),
            "test b=true\ntest b=false\ntest b=true\ntest b=false\ntest b=true\ntest b=false\ntest "
            "b=true\ntest b=false\ntest b=true\ntest b=false\ntest b=true");
  EXPECT_EQ(it.faults(), "");
  it.feed("2\nt\nof\nyep\ntru\ntrues\nfalsy\n1.0\n");
  EXPECT_EQ(it.size(), 11U);
  EXPECT_EQ(it.faults(), "value=8 empty=8");
}

TEST(csv_in, leaves_out_empty_cells_and_what_is_not_a_number) {
  EXPECT_EQ(decoded(csv({"a:f64", "b:f64", "c", "d:string"}), "1,,,\n,NaN,nan,\n ,2, ,x\n"),
            "test a=1f\ntest b=2f d='x'");
}

TEST(csv_in, has_columns_that_are_not_wanted) {
  EXPECT_EQ(decoded(csv({"-", "a", "-"}), "x,1,y\n"), "test a=1f");
}

TEST(csv_in, may_be_quoted) {
  EXPECT_EQ(decoded(csv({"a", "b"}), "\"x,\"\"y\"\"\",2\n\"1\",\"\"\n"), "test a='x,\"y\"' b=2f\ntest a=1f");
  decoding it{csv({"a", "b"})};
  it.feed("\"x,1\n\"x\"y,2\n3,4\n");
  EXPECT_EQ(it.samples(), "test a=3f b=4f");
  EXPECT_EQ(it.faults(), "syntax=2");
}

TEST(csv_in, may_have_other_delimiters_and_comments) {
  EXPECT_EQ(decoded({{"format", map({{"type", "csv"},
                                     {"columns", list({"a", "b"})},
                                     {"delimiter", "semicolon"},
                                     {"comment", "#"}})}},
                    "# first\n1;2,5\n"),
            "test a=1f b='2,5'");
  EXPECT_EQ(decoded({{"format", map({{"type", "csv"}, {"columns", list({"a", "b"})}, {"delimiter", "tab"}})}},
                    "1\t2\n"),
            "test a=1f b=2f");
}

TEST(csv_in, may_repeat_its_heads) {
  EXPECT_EQ(decoded(csv({"a:f64", "b"}), "a,b\n1,2\na, b\n3,4\n"), "test a=1f b=2f\ntest a=3f b=4f");
}

TEST(csv_in, may_have_heads_over_columns_that_are_not_wanted) {
  EXPECT_EQ(decoded(csv({"-", "a", "-"}), "when,a,\nx,1,y\n"), "test a=1f");
  EXPECT_EQ(decoded(csv({"-", "a", "b"}), "when,a,2\n"), "test a='a' b=2f");
}

TEST(csv_in, has_tags_and_a_time) {
  EXPECT_EQ(decoded({{"format", map({{"type", "csv"},
                                     {"columns", list({"ts", "site", "t:f64"})},
                                     {"time", map({{"from", "ts"}, {"format", "%Y/%m/%d %H:%M:%S"}})},
                                     {"tags", list({"site"})},
                                     {"scale", map({{"t", 0.1}})}})}},
                    "2026/01/02 00:00:01,x,215\n"),
            "test,site=x t=21.5f @1767312001000000000");
}

TEST(csv_in, that_has_other_columns_is_dropped_and_what_follows_is_read) {
  decoding it{csv({"a:f64", "b:f64"})};
  it.feed("1\n1,2,3\n1,x\n5,6\n");
  EXPECT_EQ(it.samples(), "test a=1f\ntest a=5f b=6f");
  EXPECT_EQ(it.faults(), "syntax=2 value=1");
  EXPECT_EQ(it.log().at(1),
            "what came in could not be read: field 'b' is no f64: 'x'; decode_value_total counts all such");
}

TEST(columns, that_cannot_be_are_refused) {
  EXPECT_EQ(decode_refusal({{"format", map({{"type", "csv"}})}}),
            "format.columns: is missing; name what stands in a line: [temperature:f64, valve:bool]");
  EXPECT_EQ(decode_refusal(csv({"a:float"})),
            "format.columns[0]: ends in ':float', which is no type; types are f64, i64, u64, bool, string");
  EXPECT_EQ(decode_refusal(csv({"a", "a"})), "format.columns[1]: names 'a' a second time; names must differ");
  EXPECT_EQ(decode_refusal(csv({":f64"})),
            "format.columns[0]: has no name; write - for a column to leave out");
  EXPECT_EQ(
      decode_refusal({{"format", map({{"type", "csv"}, {"columns", list({"a"})}, {"tags", list({"b"})}})}}),
      "format.tags[0]: names 'b', which is no value of this format");
}

}  // namespace
}  // namespace tidegate::codec
