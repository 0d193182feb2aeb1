#include "codec/time.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <optional>
#include <random>

namespace tidegate::codec {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr auto earliest = std::numeric_limits<std::int64_t>::min();
constexpr auto latest = std::numeric_limits<std::int64_t>::max();

// The process's zone, until the end of the test.
class zone_is {
 public:
  explicit zone_is(const char* name) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  ~zone_is() {
    if (before_)
      ::setenv("TZ", before_->c_str(), 1);
    else
      ::unsetenv("TZ");
    ::tzset();
  }

 private:
  std::optional<std::string> before_;
};

std::string rfc3339(std::int64_t time, int digits = 3, zone in = zone::utc) {
  return std::string{time_format::by_pattern(time_format::rfc3339_pattern(digits, in), in).at(time)};
}

std::string by_pattern(const char* pattern, std::int64_t time, zone in = zone::utc) {
  EXPECT_EQ(time_format::problem_of(pattern), "");
  return std::string{time_format::by_pattern(pattern, in).at(time)};
}

// As the C library has it.
std::string by_library(const char* pattern, std::int64_t seconds, zone in) {
  const std::time_t time = seconds;
  std::tm when{};
  in == zone::utc ? ::gmtime_r(&time, &when) : ::localtime_r(&time, &when);
  char text[128];
  return {text, std::strftime(text, sizeof text, pattern, &when)};
}

TEST(rfc3339, shows_as_much_of_the_second_as_wanted) {
  constexpr auto time = 1'767'323'045 * second + 678'901'234;
  EXPECT_EQ(rfc3339(time, 0), "2026-01-02T03:04:05Z");
  EXPECT_EQ(rfc3339(time, 3), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(rfc3339(time, 6), "2026-01-02T03:04:05.678901Z");
  EXPECT_EQ(rfc3339(time, 9), "2026-01-02T03:04:05.678901234Z");
}

TEST(rfc3339, cuts_the_fraction_and_never_rounds_up_to_the_next_second) {
  EXPECT_EQ(rfc3339(999'999'999), "1970-01-01T00:00:00.999Z");
}

TEST(times, before_1970_count_down) {
  EXPECT_EQ(rfc3339(-1, 9), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(rfc3339(-second, 9), "1969-12-31T23:59:59.000000000Z");
  EXPECT_EQ(time_format::by_epoch(second).at(-1), "-1");
  EXPECT_EQ(time_format::by_epoch(1'000'000).at(-1'000'001), "-2");
}

TEST(times, are_written_to_the_ends_of_what_a_sample_can_hold) {
  EXPECT_EQ(rfc3339(earliest, 9), "1677-09-21T00:12:43.145224192Z");
  EXPECT_EQ(rfc3339(latest, 9), "2262-04-11T23:47:16.854775807Z");
  EXPECT_EQ(time_format::by_epoch(1).at(earliest), "-9223372036854775808");
  EXPECT_EQ(time_format::by_epoch(second).at(latest), "9223372036");
}

TEST(times, may_jump_to_and_fro_between_the_ends) {
  auto format = time_format::by_pattern("%Y %9N", zone::utc);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(format.at(earliest), "1677 145224192");
    EXPECT_EQ(format.at(latest), "2262 854775807");
    EXPECT_EQ(format.at(earliest + 1), "1677 145224193");
    EXPECT_EQ(format.at(0), "1970 000000000");
    EXPECT_EQ(format.at(-1), "1969 999999999");
  }
}

TEST(epochs, count_whole_units) {
  constexpr auto time = 1'767'323'045 * second + 678'901'234;
  EXPECT_EQ(time_format::by_epoch(second).at(time), "1767323045");
  EXPECT_EQ(time_format::by_epoch(1'000'000).at(time), "1767323045678");
  EXPECT_EQ(time_format::by_epoch(1'000).at(time), "1767323045678901");
  EXPECT_EQ(time_format::by_epoch(1).at(time), "1767323045678901234");
}

TEST(patterns, write_literals_conversions_and_fractions) {
  constexpr auto time = 1'583'064'000 * second + 7'008'009;
  EXPECT_EQ(by_pattern("%Y/%m/%d %H:%M:%S", time), "2020/03/01 12:00:00");
  EXPECT_EQ(by_pattern("%d.%m.%y um %k Uhr, 100%%", time), "01.03.20 um 12 Uhr, 100%");
  EXPECT_EQ(by_pattern("%S.%3N %6N %9N %f %N", time), "00.007 007008 007008009 007008 007008009");
  EXPECT_EQ(by_pattern("%FT%T%z %Z %:z %R", time), "2020-03-01T12:00:00+0000 UTC +00:00 12:00");
  EXPECT_EQ(by_pattern("%A %B %-d %j %U %V %G %w %u", time), "Sunday March 1 061 09 09 2020 0 7");
  EXPECT_EQ(by_pattern("no time at all", time), "no time at all");
}

TEST(patterns, agree_with_the_c_library_on_any_day) {
  std::mt19937_64 random{4};
  auto format = time_format::by_pattern("%Y-%m-%d %H:%M:%S %j %a %U %G-W%V", zone::utc);
  for (int round = 0; round < 50'000; ++round) {
    const auto seconds = static_cast<std::int64_t>(random() % 18'446'744'072) - 9'223'372'036;
    ASSERT_EQ(format.at(seconds * second),
              by_library("%Y-%m-%d %H:%M:%S %j %a %U %G-W%V", seconds, zone::utc));
  }
}

TEST(patterns, that_cannot_be_written_are_refused_with_the_mend) {
  EXPECT_EQ(time_format::problem_of("%s"),
            "the conversion '%s' is not known; for seconds since 1970 write format: epoch_s");
  EXPECT_EQ(
      time_format::problem_of("%Y-%q"),
      "the conversion '%q' is not known; those of strftime are, such as %Y-%m-%d %H:%M:%S, and %3N, %6N, %9N "
      "for fractions of a second");
  EXPECT_EQ(time_format::problem_of("100%"), "ends in a single '%'; write '%%' for the character");
  EXPECT_NE(time_format::problem_of("%n"), "");
  EXPECT_NE(time_format::problem_of("%Ey"), "");
  EXPECT_NE(time_format::problem_of("%-"), "");
  EXPECT_NE(time_format::problem_of("%4N"), "");
}

TEST(local_time, has_its_offset) {
  const zone_is tokyo{"Asia/Tokyo"};
  EXPECT_EQ(rfc3339(0, 0, zone::local), "1970-01-01T09:00:00+09:00");
  EXPECT_EQ(by_pattern("%H:%M %Z", 0, zone::local), "09:00 JST");
}

TEST(local_time, changes_with_the_clocks_within_one_run_of_samples) {
  const zone_is berlin{"Europe/Berlin"};
  auto format = time_format::by_pattern(time_format::rfc3339_pattern(0, zone::local), zone::local);
  constexpr std::int64_t spring = 1'774'746'000;  // 2026-03-29 01:00 UTC
  EXPECT_EQ(format.at((spring - 1) * second), "2026-03-29T01:59:59+01:00");
  EXPECT_EQ(format.at(spring * second), "2026-03-29T03:00:00+02:00");
  constexpr std::int64_t autumn = 1'792'890'000;  // 2026-10-25 01:00 UTC
  EXPECT_EQ(format.at((autumn - 1) * second), "2026-10-25T02:59:59+02:00");
  EXPECT_EQ(format.at(autumn * second), "2026-10-25T02:00:00+01:00");
  EXPECT_EQ(format.at((autumn - 1) * second), "2026-10-25T02:59:59+02:00");
}

TEST(local_time, agrees_with_the_c_library_around_every_change) {
  // Half hours, changes at one minute past midnight, a skipped day, odd seconds before 1972.
  for (const auto* name : {"Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia",
                           "Asia/Kathmandu", "Africa/Monrovia", "Europe/Amsterdam", "Asia/Gaza"}) {
    const zone_is here{name};
    auto format = time_format::by_pattern("%Y-%m-%d %H:%M:%S %z %Z", zone::local);
    std::mt19937_64 random{5};
    for (int round = 0; round < 20'000; ++round) {
      const auto seconds = static_cast<std::int64_t>(random() % 6'000'000'000) - 2'500'000'000;
      ASSERT_EQ(format.at(seconds * second), by_library("%Y-%m-%d %H:%M:%S %z %Z", seconds, zone::local))
          << name;
    }
    // Every half minute of a year in which St. John's changed at 00:01.
    for (std::int64_t seconds = 1'104'537'600; seconds < 1'104'537'600 + 366 * 86'400; seconds += 30)
      ASSERT_EQ(format.at(seconds * second), by_library("%Y-%m-%d %H:%M:%S %z %Z", seconds, zone::local))
          << name;
  }
}

TEST(local_time, changed_in_the_middle_of_a_minute_long_ago) {
  const zone_is liberia{"Africa/Monrovia"};
  auto format = time_format::by_pattern("%Y-%m-%d %H:%M:%S", zone::local);
  constexpr std::int64_t change = 63'593'070;  // 1972-01-07 00:44:30 UTC
  EXPECT_EQ(format.at((change - 1) * second), "1972-01-06 23:59:59");
  EXPECT_EQ(format.at(change * second), "1972-01-07 00:44:30");
}

TEST(local_time, west_of_greenwich_has_a_negative_offset) {
  const zone_is newfoundland{"America/St_Johns"};
  EXPECT_EQ(rfc3339(1'767'323'045 * second, 0, zone::local), "2026-01-01T23:34:05-03:30");
}

}  // namespace
}  // namespace tidegate::codec
