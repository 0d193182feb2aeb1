// Regular expressions, pairs, and what is taken as it is.
#include <gtest/gtest.h>

#include "decode_support.hpp"

namespace tidegate::codec {
namespace {

option_map format(std::initializer_list<testing::option_entry> entries) { return {{"format", map(entries)}}; }

TEST(a_regular_expression, gives_its_named_groups) {
  const auto with = format({{"type", "regex"},
                            {"pattern", "^(?P<site>\\w+): T=(?P<t>[-0-9.]+)(?: RH=(?P<rh>\\d+))? (.)"},
                            {"tags", list({"site"})},
                            {"types", map({{"rh", "i64"}})}});
  EXPECT_EQ(decoded(with, "roof: T=-21.5 RH=40 x\nroof: T=3 y\n"),
            "test,site=roof t=-21.5f rh=40\ntest,site=roof t=3f");
}

TEST(a_regular_expression, that_does_not_fit_is_counted) {
  decoding it{format({{"type", "regex"}, {"pattern", "^T=(?P<t>[0-9.]+)$"}})};
  it.feed("booting\nT=1\n\xFF\xFE\nT=2x\n");
  EXPECT_EQ(it.samples(), "test t=1f");
  EXPECT_EQ(it.faults(), "syntax=3");
}

TEST(a_regular_expression, takes_linear_time_whatever_it_is) {
  decoding it{format({{"type", "regex"}, {"pattern", "^(?P<a>(x+x+)+)y$"}})};
  it.feed(std::string(60'000, 'x') + "\n");
  EXPECT_EQ(it.faults(), "syntax=1");
}

TEST(a_regular_expression, that_cannot_be_is_refused) {
  EXPECT_EQ(decode_refusal(format({{"type", "regex"}})),
            "format.pattern: is missing; write one with named groups: T=(?P<temperature>[-0-9.]+)");
  EXPECT_EQ(decode_refusal(format({{"type", "regex"}, {"pattern", "(?P<a>"}})),
            "format.pattern: cannot be understood: missing ): (?P<a>");
  EXPECT_EQ(decode_refusal(format({{"type", "regex"}, {"pattern", "(a)"}})),
            "format.pattern: has no named group, such as (?P<temperature>[-0-9.]+)");
  EXPECT_EQ(decode_refusal(format({{"type", "regex"}, {"pattern", "(?P<a>.)"}, {"tags", list({"b"})}})),
            "format.tags[0]: names 'b', which is no value of this format");
}

TEST(pairs, have_names_and_values) {
  const auto plain = format({{"type", "key-value"}});
  EXPECT_EQ(decoded(plain, "t=21.5 on=true s=abc\nt = 3,on= false;  s =\"a b=c\"\n"),
            "test t=21.5f on=true s='abc'\ntest t=3f on=false s='a b=c'");
  EXPECT_EQ(decoded(plain, "OK t=1 done\n=5 u=2 v= w=\"x\n"), "test t=1f\ntest u=2f v='w=\"x'");
}

TEST(pairs, with_numbers_that_are_not_finite_leave_these_out) {
  decoding it{format({{"type", "key-value"}, {"types", map({{"s", "string"}, {"f", "f64"}})}})};
  it.feed("a=inf b=-INF c=Infinity d=1e999 e=+inf f=-1e999 s=inf t=1\na=nan t=2 u=info\nt=1e-400\n");
  EXPECT_EQ(it.samples(), "test s='inf' t=1f\ntest t=2f u='info'\ntest t=0f");
  EXPECT_EQ(it.faults(), "value=6");
}

TEST(pairs, may_be_written_in_other_ways) {
  EXPECT_EQ(
      decoded(format({{"type", "key-value"}, {"assign", ":"}, {"between", "|"}}), "T: 21.5|name:a b c|P:7\n"),
      "test T=21.5f name='a b c' P=7f");
  EXPECT_EQ(decoded(format({{"type", "key-value"}, {"assign", "->"}}), "a->1 b -> 2\n"), "test a=1f b=2f");
  EXPECT_EQ(decode_refusal(format({{"type", "key-value"}, {"assign", ","}})),
            "format.between: has ',', with which 'assign' begins; a name would have no value");
}

TEST(pairs, that_are_none_are_counted) {
  decoding it{format({{"type", "key-value"}})};
  it.feed("hello world\n===\nt=1\n");
  EXPECT_EQ(it.samples(), "test t=1f");
  EXPECT_EQ(it.faults(), "syntax=2");
}

TEST(pairs, with_ever_new_names_are_read_right_and_forgotten) {
  decoding it{format({{"type", "key-value"}})};
  for (int round = 0; round < 20'000; ++round) it.feed("a" + std::to_string(round) + "=1\n");
  EXPECT_TRUE(it.samples().ends_with("\ntest a19998=1f\ntest a19999=1f"));
}

TEST(a_message, may_be_taken_as_it_is) {
  EXPECT_EQ(decoded(format({{"type", "raw"}}), " 12.5 kg\n"), "test value=' 12.5 kg'");
  EXPECT_EQ(
      decoded(format({{"type", "raw"}, {"as", "f64"}, {"field", "weight"}, {"name", "scale"}}), "  12.50\n"),
      "scale weight=12.5f");
  EXPECT_EQ(decoded(format({{"type", "raw"}, {"as", "bytes"}}), "a\xFF\n"), "test value='a\\xff'");
  decoding it{format({{"type", "raw"}, {"as", "i64"}})};
  it.feed("x\n7\n");
  EXPECT_EQ(it.samples(), "test value=7");
  EXPECT_EQ(it.faults(), "value=1 empty=1");
}

}  // namespace
}  // namespace tidegate::codec
