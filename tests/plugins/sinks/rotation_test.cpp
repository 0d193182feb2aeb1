#include "rotation.hpp"

#include "support.hpp"

namespace tidegate::file_sink {
namespace {

using namespace std::chrono_literals;
using testing::time_zone;
using testing::utc;

// The last time the local clocks showed this time, as text in UTC.
std::string last(int hour, int minute, const std::string& now, zone in = zone::local) {
  const auto found =
      broken_down(zone::utc, last_time_of_day(in, (hour * 60 + minute) * 60, seconds_of(utc(now))));
  char text[64];
  std::strftime(text, sizeof text, "%F %T", &found);
  return text;
}

TEST(LastTimeOfDay, InUtcIsEveryTwentyFourHours) {
  EXPECT_EQ(last(0, 0, "2026-11-23 00:00:00", zone::utc), "2026-11-23 00:00:00");
  EXPECT_EQ(last(0, 0, "2026-11-22 23:59:59", zone::utc), "2026-11-22 00:00:00");
  EXPECT_EQ(last(6, 30, "2026-11-23 06:29:59", zone::utc), "2026-11-22 06:30:00");
  EXPECT_EQ(last(6, 30, "1969-12-31 23:00:00", zone::utc), "1969-12-31 06:30:00");
}

TEST(LastTimeOfDay, FollowsTheLocalZone) {
  const time_zone tokyo{"Asia/Tokyo"};
  EXPECT_EQ(last(0, 0, "2026-11-23 14:59:59"), "2026-11-22 15:00:00");
  EXPECT_EQ(last(0, 0, "2026-11-23 15:00:00"), "2026-11-23 15:00:00");
}

TEST(LastTimeOfDay, KeepsTheLocalHourOverTheChangeOfClocks) {
  const time_zone berlin{"Europe/Berlin"};
  EXPECT_EQ(last(0, 0, "2026-03-29 12:00:00"), "2026-03-28 23:00:00");
  EXPECT_EQ(last(0, 0, "2026-03-30 12:00:00"), "2026-03-29 22:00:00");
  EXPECT_EQ(last(0, 0, "2026-10-26 12:00:00"), "2026-10-25 23:00:00");
}

TEST(LastTimeOfDay, ThatIsSkippedInSpringIsTheChangeItself) {
  const time_zone berlin{"Europe/Berlin"};  // 02:00 -> 03:00 at 01:00 UTC
  EXPECT_EQ(last(2, 30, "2026-03-29 00:59:59"), "2026-03-28 01:30:00");
  EXPECT_EQ(last(2, 30, "2026-03-29 01:00:00"), "2026-03-29 01:00:00");
  EXPECT_EQ(last(2, 30, "2026-03-29 09:00:00"), "2026-03-29 01:00:00");
}

TEST(LastTimeOfDay, ThatComesTwiceInAutumnIsTheFirst) {
  const time_zone berlin{"Europe/Berlin"};  // 03:00 -> 02:00 at 01:00 UTC
  EXPECT_EQ(last(2, 30, "2026-10-25 00:30:00"), "2026-10-25 00:30:00");
  EXPECT_EQ(last(2, 30, "2026-10-25 01:30:00"), "2026-10-25 00:30:00");
  EXPECT_EQ(last(2, 30, "2026-10-25 01:10:00"), "2026-10-25 00:30:00");
}

TEST(LastTimeOfDay, KnowsMidnightsThatDoNotExist) {
  const time_zone sao_paulo{"America/Sao_Paulo"};  // 2018-11-04 00:00 -> 01:00 at 03:00 UTC
  EXPECT_EQ(last(0, 0, "2018-11-04 05:00:00"), "2018-11-04 03:00:00");
  EXPECT_EQ(last(0, 0, "2018-11-04 02:59:59"), "2018-11-03 03:00:00");
}

TEST(LastTimeOfDay, NeverLiesAheadAndNeverMoreThanADayAndAnHourBack) {
  for (const char* name : {"Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata"}) {
    const time_zone here{name};
    std::int64_t before = 0;
    for (auto now = seconds_of(utc("2026-01-01 00:00:00")); now < seconds_of(utc("2027-01-01 00:00:00"));
         now += 1'801) {
      const auto found = last_time_of_day(zone::local, (1 * 60 + 45) * 60, now);
      EXPECT_LE(found, now) << name;
      EXPECT_LE(now - found, 25 * 3600) << name << " " << now;
      EXPECT_GE(found, before) << name;
      before = found;
    }
  }
}

TEST(Rotation, WithoutLimitsIsNeverDue) {
  EXPECT_EQ(rotation_due({}, {1ULL << 40, 1, 0}, utc("2100-01-01 00:00:00")), rotation_reason::none);
}

TEST(Rotation, BySizeComesBeforeTheFileWouldBecomeLarger) {
  rotation_limits limits;
  limits.max_size = 1000;
  EXPECT_EQ(rotation_due(limits, {900, 100, 0}, 0), rotation_reason::none);
  EXPECT_EQ(rotation_due(limits, {900, 101, 0}, 0), rotation_reason::size);
  EXPECT_EQ(rotation_due(limits, {0, 5000, 0}, 0), rotation_reason::none) << "an empty file takes anything";
  EXPECT_EQ(rotation_due(limits, {5000, 0, 0}, 0), rotation_reason::none) << "nothing is to be written";
}

TEST(Rotation, ByAgeCountsFromTheFirstByte) {
  rotation_limits limits;
  limits.max_age = 1h;
  const auto begun = utc("2026-11-23 12:00:00");
  EXPECT_EQ(rotation_due(limits, {1, 1, begun}, utc("2026-11-23 12:59:59")), rotation_reason::none);
  EXPECT_EQ(rotation_due(limits, {1, 0, begun}, utc("2026-11-23 13:00:00")), rotation_reason::age);
  EXPECT_EQ(rotation_due(limits, {0, 1, begun}, utc("2026-11-25 13:00:00")), rotation_reason::none);
}

TEST(Rotation, ByTimeOfDayComesOnceAfterTheBoundary) {
  const time_zone berlin{"Europe/Berlin"};
  rotation_limits limits;
  limits.at = 0;
  limits.in = zone::local;
  EXPECT_EQ(rotation_due(limits, {1, 0, utc("2026-11-22 20:00:00")}, utc("2026-11-22 22:59:59")),
            rotation_reason::none);
  EXPECT_EQ(rotation_due(limits, {1, 0, utc("2026-11-22 20:00:00")}, utc("2026-11-22 23:00:00")),
            rotation_reason::time_of_day);
  EXPECT_EQ(rotation_due(limits, {1, 0, utc("2026-11-22 23:00:00")}, utc("2026-11-23 10:00:00")),
            rotation_reason::none);
  EXPECT_EQ(rotation_due(limits, {1, 0, utc("2026-11-01 23:00:00")}, utc("2026-11-23 10:00:00")),
            rotation_reason::time_of_day)
      << "also when the program was off at the time";
}

}  // namespace
}  // namespace tidegate::file_sink
