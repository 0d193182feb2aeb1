#include <gtest/gtest.h>

#include <limits>

#include "support.hpp"

namespace tidegate::codec {
namespace {

using namespace std::string_view_literals;

std::string lines(const batch_builder& builder) { return encoded({{"type", "line-protocol"}}, builder); }

TEST(line_protocol, marks_the_type_of_every_field) {
  batch_builder builder;
  const std::array<std::byte, 3> bytes{std::byte{0xFF}, std::byte{0}, std::byte{1}};
  builder.sample(builder.series("m", {{"b", "2"}, {"a", "1"}}), a_moment)
      .field("yes", true)
      .field("no", false)
      .field("i", -5)
      .field("u", 5U)
      .field("f", 12.0)
      .field("s", "text")
      .field("b", std::span<const std::byte>{bytes});
  EXPECT_EQ(lines(builder),
            "m,a=1,b=2 yes=true,no=false,i=-5i,u=5u,f=12.0,s=\"text\",b=\"/wAB\" 1767323045678901234\n");
}

TEST(line_protocol, escapes_commas_spaces_and_equals_signs) {
  batch_builder builder;
  builder.sample(builder.series("a b,c=d", {{"k y,=", "v l,="}}), 0).field("f d,=", 1);
  EXPECT_EQ(lines(builder), "a\\ b\\,c=d,k\\ y\\,\\==v\\ l\\,\\= f\\ d\\,\\==1i 0\n");
}

TEST(line_protocol, escapes_quotes_and_backslashes_in_strings_only) {
  batch_builder builder;
  builder.sample(builder.series("C:\\x", {{"path", "C:\\\"x\""}}), 0).field("s", "C:\\ \"x\", =\n");
  EXPECT_EQ(lines(builder), "C:\\x,path=C:\\\"x\" s=\"C:\\\\ \\\"x\\\", =\n\" 0\n");
}

TEST(line_protocol, keeps_a_line_a_line_whatever_names_and_tags_hold) {
  batch_builder builder;
  builder.sample(builder.series("a\nb", {{"k\r", "v\n\t"}}), 0).field("f\n", 1);
  EXPECT_EQ(lines(builder), "a\\nb,k\\r=v\\n\\t f\\n=1i 0\n");
}

TEST(line_protocol, writes_no_backslash_that_would_swallow_what_follows) {
  batch_builder builder;
  builder.sample(builder.series("m\\", {{"a\\,", "C:\\"}, {"b", "x\\ y"}}), 0).field("f\\", 1);
  EXPECT_EQ(lines(builder), "m/,a/\\,=C:/,b=x/\\ y f/=1i 0\n");
}

TEST(line_protocol, makes_no_comment_of_a_name) {
  batch_builder builder;
  builder.sample(builder.series("#m"), 0).field("v", 1);
  EXPECT_EQ(lines(builder), "\\#m v=1i 0\n");
}

TEST(line_protocol, leaves_empty_tags_out) {
  batch_builder builder;
  builder.sample(builder.series("m", {{"a", ""}, {"b", "x"}}), 0).field("v", "");
  EXPECT_EQ(lines(builder), "m,b=x v=\"\" 0\n");
}

TEST(line_protocol, leaves_out_what_is_no_number_and_a_sample_with_nothing_else) {
  constexpr auto nan = std::numeric_limits<double>::quiet_NaN();
  constexpr auto infinity = std::numeric_limits<double>::infinity();
  batch_builder builder;
  const auto series = builder.series("m");
  builder.sample(series, 1).field("a", nan).field("b", 1.5).field("c", infinity);
  builder.sample(series, 2).field("a", nan).field("b", -infinity).field("c", nan);
  builder.sample(series, 3).field("a", 0.0).field("b", nan).field("c", 2.0);
  builder.sample(series, 4);
  EXPECT_EQ(lines(builder), "m b=1.5 1\nm a=0.0,c=2.0 3\n");
}

TEST(line_protocol, writes_chosen_tags_and_fields_under_the_names_given) {
  batch_builder builder;
  builder.sample(builder.series("m", {{"a", "1"}, {"b", "2"}}), 0).field("x", 1).field("y", 2);
  builder.sample(builder.series("other"), 0).field("z", 1);
  EXPECT_EQ(encoded({{"type", "line-protocol"}, {"tags", map({{"B", "b"}})}, {"fields", list({"y", "x"})}},
                    builder),
            "m,B=2 y=2i,x=1i 0\n");
  EXPECT_EQ(encoded({{"type", "line-protocol"}, {"tags", "none"}, {"fields", map({{"out", "x"}})}}, builder),
            "m out=1i 0\n");
}

TEST(line_protocol, counts_time_in_the_unit_wanted_or_leaves_it_to_the_server) {
  batch_builder builder;
  builder.sample(builder.series("m"), a_moment).field("v", 1);
  EXPECT_EQ(encoded({{"type", "line-protocol"}, {"time", map({{"format", "epoch_s"}})}}, builder),
            "m v=1i 1767323045\n");
  EXPECT_EQ(encoded({{"type", "line-protocol"}, {"time", "none"}}, builder), "m v=1i\n");
}

TEST(line_protocol, writes_times_before_1970) {
  batch_builder builder;
  builder.sample(builder.series("m"), -1).field("v", 1);
  EXPECT_EQ(lines(builder), "m v=1i -1\n");
}

}  // namespace
}  // namespace tidegate::codec
