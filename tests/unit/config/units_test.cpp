#include "config/units.hpp"

#include <limits>

#include "support.hpp"

namespace tidegate::config {
namespace {

constexpr std::int64_t second = 1'000'000'000;

TEST(Duration, IsANumberAndAUnit) {
  EXPECT_EQ(parse_duration("5s").value, 5 * second);
  EXPECT_EQ(parse_duration("250ms").value, 250'000'000);
  EXPECT_EQ(parse_duration("72h").value, 72 * 3600 * second);
  EXPECT_EQ(parse_duration("7d").value, 7 * 86400 * second);
  EXPECT_EQ(parse_duration("3us").value, 3000);
  EXPECT_EQ(parse_duration("3\u00b5s").value, 3000);
  EXPECT_EQ(parse_duration("1ns").value, 1);
}

TEST(Duration, MayHaveSeveralPartsFromLargeToSmall) {
  EXPECT_EQ(parse_duration("1m30s").value, 90 * second);
  EXPECT_EQ(parse_duration("1h0m1ms").value, 3600 * second + 1'000'000);
  EXPECT_EQ(parse_duration("30s1m").problem, "units must go from large to small, each once");
  EXPECT_EQ(parse_duration("1s1s").problem, "units must go from large to small, each once");
}

TEST(Duration, MayHaveAFractionThatIsExact) {
  EXPECT_EQ(parse_duration("1.5s").value, 1'500'000'000);
  EXPECT_EQ(parse_duration("0.1ms").value, 100'000);
  EXPECT_FALSE(parse_duration("0.5ns").value);
  EXPECT_EQ(parse_duration("1.s").problem, "digits are missing after the point");
}

TEST(Duration, NeedsAUnitUnlessItIsZero) {
  EXPECT_EQ(parse_duration("0").value, 0);
  EXPECT_EQ(parse_duration("5").problem, "the unit is missing (write 5s?)");
  EXPECT_EQ(parse_duration("00").problem, "the unit is missing (write 00s?)");
}

TEST(Duration, RefusesWhatItCannotRead) {
  for (const auto* text : {"", "s", "-5s", "5 s", " 5s", "5s ", "5sec", "1e3s", "5S", ".5s", "5s-"})
    EXPECT_FALSE(parse_duration(text).value) << text;
}

TEST(Duration, EndsBeforeItOverflows) {
  EXPECT_EQ(parse_duration("9223372036854775807ns").value, std::numeric_limits<std::int64_t>::max());
  EXPECT_FALSE(parse_duration("9223372036854775808ns").value);
  EXPECT_FALSE(parse_duration("9223372036s9223372036854775807ns").value);
  EXPECT_FALSE(parse_duration("99999999999999999999999999999999999999999999h").value);
}

TEST(Duration, IsWrittenAsItIsRead) {
  EXPECT_EQ(format_duration(90 * second), "1m30s");
  EXPECT_EQ(format_duration(0), "0s");
  EXPECT_EQ(format_duration(36 * 3600 * second), "36h");
  EXPECT_EQ(format_duration(1'500'000), "1ms500us");
  for (const std::int64_t each :
       {std::int64_t{1}, 999 * second, 86400 * second, std::numeric_limits<std::int64_t>::max()})
    EXPECT_EQ(parse_duration(format_duration(each)).value, each);
}

TEST(Size, KnowsDecimalAndBinaryUnits) {
  EXPECT_EQ(parse_size("64KiB").value, 64 * 1024);
  EXPECT_EQ(parse_size("4KB").value, 4000);
  EXPECT_EQ(parse_size("512MiB").value, 512LL * 1024 * 1024);
  EXPECT_EQ(parse_size("1.5GiB").value, 1536LL * 1024 * 1024);
  EXPECT_EQ(parse_size("7B").value, 7);
  EXPECT_EQ(parse_size("0").value, 0);
}

TEST(Size, SaysWhichUnitWasMeant) {
  EXPECT_EQ(parse_size("64kb").problem, "unknown unit 'kb'; did you mean 'KB'?");
  EXPECT_EQ(parse_size("512").problem, "the unit is missing (write 512B?)");
  EXPECT_FALSE(parse_size("0.3B").value);
  EXPECT_FALSE(parse_size("8388608TiB").value);
}

TEST(Size, IsWrittenInTheLargestWholeUnit) {
  EXPECT_EQ(format_size(64 * 1024), "64KiB");
  EXPECT_EQ(format_size(4000), "4KB");
  EXPECT_EQ(format_size(1025), "1025B");
  EXPECT_EQ(format_size(0), "0B");
}

TEST(Integer, IsDecimalOrHexadecimal) {
  EXPECT_EQ(parse_integer("-12"), -12);
  EXPECT_EQ(parse_integer("+12"), 12);
  EXPECT_EQ(parse_integer("0"), 0);
  EXPECT_EQ(parse_integer("0x1F"), 31);
  EXPECT_EQ(parse_integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  for (const auto* text :
       {"", "-", "+-1", "010", "1.0", "1e3", "0x", "0x-1", "-0x1", "9223372036854775808", "5 "})
    EXPECT_FALSE(parse_integer(text)) << text;
}

TEST(Number, IsFinite) {
  EXPECT_EQ(parse_number("2.5"), 2.5);
  EXPECT_EQ(parse_number("-1e3"), -1000);
  EXPECT_EQ(parse_number(".5"), 0.5);
  for (const auto* text : {"", "nan", "inf", ".inf", "1e999", "1.5x", "--1", "+-1", "0x1p3"})
    EXPECT_FALSE(parse_number(text)) << text;
}

TEST(Boolean, IsTrueOrFalseAndNothingElse) {
  EXPECT_EQ(parse_boolean("true"), true);
  EXPECT_EQ(parse_boolean("false"), false);
  for (const auto* text : {"yes", "True", "on", "1", ""}) EXPECT_FALSE(parse_boolean(text)) << text;
}

}  // namespace
}  // namespace tidegate::config
