#include "codec/format/time_reader.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <string>

namespace tidegate::codec {
namespace {

constexpr std::int64_t second = 1'000'000'000;

std::string at(const char* format, std::string_view text, time_reader::zone zone = time_reader::zone::utc) {
  const auto read = time_reader{format, zone}.read(text);
  return read ? std::to_string(*read) : "none";
}

TEST(a_time, is_read_as_rfc_3339) {
  EXPECT_EQ(at("rfc3339", "2026-01-02T03:04:05Z"), "1767323045000000000");
  EXPECT_EQ(at("rfc3339", "2026-01-02T03:04:05.678901234Z"), "1767323045678901234");
  EXPECT_EQ(at("rfc3339", "2026-01-02 03:04:05,5"), "1767323045500000000");
  EXPECT_EQ(at("rfc3339", "2026-01-02T12:04:05+09:00"), "1767323045000000000");
  EXPECT_EQ(at("rfc3339", "2026-01-01T19:04:05-0800"), "1767323045000000000");
  EXPECT_EQ(at("rfc3339", "1969-12-31T23:59:59.5Z"), "-500000000");
  EXPECT_EQ(at("rfc3339", "2000-02-29T00:00:00Z"), "951782400000000000");
}

TEST(a_time, that_does_not_exist_is_none) {
  for (const auto* text :
       {"", "2026", "2026-01-02", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2025-02-29T00:00:00Z",
        "2026-01-02T24:00:00Z", "2026-01-02T03:60:00Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05Zx",
        "2026-01-02T03:04:05+9", "2026-1-2T3:4:5Z", "1600-01-01T00:00:00Z", "9999-01-01T00:00:00Z"})
    EXPECT_EQ(at("rfc3339", text), "none") << text;
}

TEST(a_time, is_read_as_an_epoch) {
  EXPECT_EQ(at("epoch_s", "1767323045"), "1767323045000000000");
  EXPECT_EQ(at("epoch_s", "1767323045.25"), "1767323045250000000");
  EXPECT_EQ(at("epoch_s", "-1.5"), "-1500000000");
  EXPECT_EQ(at("epoch_ms", "1767323045678"), "1767323045678000000");
  EXPECT_EQ(at("epoch_ms", "1767323045678.9"), "1767323045678900000");
  EXPECT_EQ(at("epoch_us", "1767323045678901"), "1767323045678901000");
  EXPECT_EQ(at("epoch_ns", "1767323045678901234"), "1767323045678901234");
  for (const auto* text : {"", "-", "1.", "1.7e9", "99999999999999999999", "10000000000", "1 "})
    EXPECT_EQ(at("epoch_s", text), "none") << text;
}

TEST(a_time, is_read_by_a_pattern) {
  EXPECT_EQ(at("%d.%m.%Y %H:%M:%S", "2.1.2026 03:04:05"), "1767323045000000000");
  EXPECT_EQ(at("%y%m%d%H%M%S", "260102030405"), "1767323045000000000");
  EXPECT_EQ(at("%d %b %Y %I:%M:%S %p", "02 Jan 2026 03:04:05 AM"), "1767323045000000000");
  EXPECT_EQ(at("%B %d, %Y %I:%M %p", "january 2, 2026 12:30 PM"), "1767357000000000000");
  EXPECT_EQ(at("%Y-%j %T", "2026-2 03:04:05"), "1767323045000000000");
  EXPECT_EQ(at("%F %T.%f%z", "2026-01-02 12:04:05.25+0900"), "1767323045250000000");
  EXPECT_EQ(at("%a, %d %b %Y %T %Z", "Fri, 02 Jan 2026 03:04:05 GMT"), "1767323045000000000");
  EXPECT_EQ(at("%s.%3N", "1767323045.678"), "1767323045678000000");
  EXPECT_EQ(at("%D 100%%", "01/02/26 100%"), "1767312000000000000");
  for (const auto* text : {"2.1.26 03:04:05", "2.1.2026", "32.1.2026 03:04:05", "2.1.2026 03:04:05x", ""})
    EXPECT_EQ(at("%d.%m.%Y %H:%M:%S", text), "none") << text;
  EXPECT_EQ(at("%Y-%j", "2025-366"), "none");
  EXPECT_EQ(at("%F %I:%M", "2026-01-02 13:00"), "none");
}

TEST(a_time, without_a_zone_may_be_the_gateways) {
  setenv("TZ", "Asia/Tokyo", 1);
  tzset();
  EXPECT_EQ(at("%F %T", "2026-01-02 12:04:05", time_reader::zone::local), "1767323045000000000");
  EXPECT_EQ(at("rfc3339", "2026-01-02T03:04:05Z", time_reader::zone::local), "1767323045000000000");
  unsetenv("TZ");
  tzset();
}

TEST(a_pattern, that_has_no_meaning_is_refused_with_the_reason) {
  EXPECT_EQ(time_reader::problem_of("rfc3339"), "");
  EXPECT_EQ(time_reader::problem_of("%Y-%m-%d %H:%M:%S"), "");
  EXPECT_EQ(time_reader::problem_of("iso"),
            "must be rfc3339, epoch_s, epoch_ms, epoch_us, epoch_ns or a pattern with '%' such as "
            "%Y-%m-%d %H:%M:%S; this is 'iso'");
  EXPECT_EQ(time_reader::problem_of("%Y %"), "ends in a single '%'; write '%%' for the character");
  EXPECT_EQ(
      time_reader::problem_of("%Q"),
      "has the conversion '%Q', which is not known; those of strptime are, such as %Y-%m-%d %H:%M:%S, and "
      "%f for a fraction");
  EXPECT_EQ(time_reader::problem_of("%H:%M:%S"),
            "has no whole date; it needs year, month and day, such as %Y-%m-%d");
}

TEST(civil_time, is_counted_over_four_hundred_years) {
  std::int64_t days = -106'751;  // 1677-09-22
  for (std::int64_t time = days * 86'400; time < 9'214'646'400; time += 86'400 * 13) {
    std::tm broken{};
    const auto when = static_cast<time_t>(time);
    gmtime_r(&when, &broken);
    if (broken.tm_year + 1900 < 1678 || broken.tm_year + 1900 > 2261) continue;
    EXPECT_EQ(utc_of({broken.tm_year + 1900, broken.tm_mon + 1, broken.tm_mday, 0, 0, 0, 7}),
              time * second + 7);
  }
}

}  // namespace
}  // namespace tidegate::codec
