#include "config/instant.hpp"

#include "support.hpp"

namespace tidegate::config {
namespace {

constexpr std::int64_t second = 1'000'000'000;

TEST(Instant, IsADateATimeAndAZone) {
  EXPECT_EQ(parse_instant("1970-01-01T00:00:00Z").value, 0);
  EXPECT_EQ(parse_instant("2026-01-02T03:04:05Z").value, 1'767'323'045 * second);
  EXPECT_EQ(parse_instant("2026-01-02 03:04:05Z").value, 1'767'323'045 * second);
  EXPECT_EQ(parse_instant("2026-01-02t03:04:05z").value, 1'767'323'045 * second);
  EXPECT_EQ(parse_instant("1969-12-31T23:59:59Z").value, -second);
}

TEST(Instant, MayHaveAFraction) {
  EXPECT_EQ(parse_instant("1970-01-01T00:00:01.5Z").value, 1'500'000'000);
  EXPECT_EQ(parse_instant("1970-01-01T00:00:00.000000001Z").value, 1);
  EXPECT_EQ(parse_instant("1969-12-31T23:59:59.999Z").value, -1'000'000);
}

TEST(Instant, MayBeOfAnotherZone) {
  EXPECT_EQ(parse_instant("2026-01-02T12:04:05+09:00").value, 1'767'323'045 * second);
  EXPECT_EQ(parse_instant("2026-01-01T21:34:05-05:30").value, 1'767'323'045 * second);
}

TEST(Instant, KnowsTheCalendar) {
  EXPECT_TRUE(parse_instant("2024-02-29T00:00:00Z").value);
  EXPECT_FALSE(parse_instant("2026-02-29T00:00:00Z").value);
  EXPECT_FALSE(parse_instant("2026-04-31T00:00:00Z").value);
  EXPECT_EQ(parse_instant("2016-12-31T23:59:60Z").value, parse_instant("2017-01-01T00:00:00Z").value);
}

TEST(Instant, StaysInsideWhatANumberHolds) {
  EXPECT_TRUE(parse_instant("1678-01-01T00:00:00+23:59").value);
  EXPECT_TRUE(parse_instant("2261-12-31T23:59:59-23:59").value);
  EXPECT_FALSE(parse_instant("1677-12-31T00:00:00Z").value);
  EXPECT_FALSE(parse_instant("2262-01-01T00:00:00Z").value);
}

TEST(Instant, IsNothingElse) {
  for (const auto* text :
       {"", "now", "2h", "2026-01-02", "2026-01-02T03:04:05", "2026-1-2T03:04:05Z", "2026-01-02T03:04Z",
        "2026-01-02T24:00:00Z", "2026-13-02T03:04:05Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05ZZ",
        "2026-01-02T03:04:05+9:00", "2026-01-02T03:04:05.1234567890Z", " 2026-01-02T03:04:05Z",
        "2026-01-02T03:-4:05Z", "+026-01-02T03:04:05Z"}) {
    const auto parsed = parse_instant(text);
    EXPECT_FALSE(parsed.value) << text;
    EXPECT_EQ(parsed.problem, "it must be a date and time with its zone, such as 2026-01-02T03:04:05Z");
  }
}

}  // namespace
}  // namespace tidegate::config
