// Sentences as receivers send them.
#include <gtest/gtest.h>

#include <cstdio>

#include "codec/framing/checksum.hpp"
#include "decode_support.hpp"

namespace tidegate::codec {
namespace {

const option_map nmea{{"format", map({{"type", "nmea"}})}};

std::string sentence(const std::string& content) {
  char sum[8];
  std::snprintf(sum, sizeof sum, "*%02X\r\n", checksum_of(checksum_kind::xor8, content));
  return "$" + content + sum;
}

// From the manuals of receivers, with the checksums that stand there.
TEST(a_position, is_in_degrees) {
  EXPECT_EQ(
      decoded(nmea, "$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n"),
      "test,sentence=GGA,talker=GP latitude=48.1173f longitude=11.51666667f quality=1 satellites=8 hdop=0.9f "
      "altitude=545.4f geoid_separation=46.9f");
  EXPECT_EQ(decoded(nmea, "$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r\n"),
            "test,sentence=RMC,talker=GP valid=true latitude=48.1173f longitude=11.51666667f "
            "speed=11.52355556f course=84.4f");
  EXPECT_EQ(decoded(nmea, "$GPGLL,4916.45,N,12311.12,W,225444,A*31\r\n"),
            "test,sentence=GLL,talker=GP valid=true latitude=49.27416667f longitude=-123.1853333f");
  EXPECT_EQ(decoded(nmea, sentence("GNGGA,123519,4807.038,S,01131.000,W,1,08,,,M,,M,,")),
            "test,sentence=GGA,talker=GN latitude=-48.1173f longitude=-11.51666667f quality=1 satellites=8");
}

TEST(satellites, and_the_course_are_read) {
  EXPECT_EQ(decoded(nmea, "$GPGSA,A,3,04,05,,09,12,,,24,,,,,2.5,1.3,2.1*39\r\n"),
            "test,sentence=GSA,talker=GP fix=3 satellites_used=5 pdop=2.5f hdop=1.3f vdop=2.1f");
  EXPECT_EQ(decoded(nmea, "$GPGSV,2,1,08,01,40,083,46,02,17,308,41,12,07,344,39,14,22,228,45*75\r\n"),
            "test,sentence=GSV,talker=GP satellites_in_view=8\n"
            "test,satellite=01,sentence=GSV,talker=GP elevation=40f azimuth=83f signal_to_noise=46f\n"
            "test,satellite=02,sentence=GSV,talker=GP elevation=17f azimuth=308f signal_to_noise=41f\n"
            "test,satellite=12,sentence=GSV,talker=GP elevation=7f azimuth=344f signal_to_noise=39f\n"
            "test,satellite=14,sentence=GSV,talker=GP elevation=22f azimuth=228f signal_to_noise=45f");
  EXPECT_EQ(decoded(nmea, "$GPVTG,054.7,T,034.4,M,005.5,N,010.2,K*48\r\n"),
            "test,sentence=VTG,talker=GP course=54.7f course_magnetic=34.4f speed=2.833333333f");
}

TEST(a_receiver, without_a_fix_gives_no_position) {
  EXPECT_EQ(decoded(nmea, sentence("GPRMC,,V,,,,,,,,,,N") + sentence("GPGGA,,,,,,0,00,99.99,,,,,,") +
                              sentence("GPRMC,120000,V,4807.038,N,01131.000,E,1,2,230394,,")),
            "test,sentence=RMC,talker=GP valid=false\ntest,sentence=GGA,talker=GP quality=0 satellites=0 "
            "hdop=99.99f\n"
            "test,sentence=RMC,talker=GP valid=false");
}

TEST(noise, costs_the_sentences_it_is_in_and_no_other) {
  decoding it{nmea};
  it.feed("\xFF\xFE\x80garbage" + sentence("GPVTG,1,T,,M,,N,,K") + "$GPGGA,1235" +
          sentence("GPVTG,2,T,,M,,N,,K") + "$GPVTG,3,T,,M,,N,,K*00\r\n" + "$GPVTG,4,T,,M,,N,,K\r\n" +
          "nothing\r\n" + sentence("GPVTG,x,T,,M,,N,,K") +
          sentence("GPGGA,1,9900.0,N,01131.000,E,1,,,,,,,,") + sentence("PUBX,00,1") + sentence("GPXXX,1") +
          sentence(""));
  EXPECT_EQ(it.samples(),
            "test,sentence=VTG,talker=GP course=1f\ntest,sentence=VTG,talker=GP course=2f\n"
            "test,sentence=GGA,talker=GP quality=1");
  EXPECT_EQ(it.faults(), "checksum=2 syntax=1 value=2");
}

TEST(sentences, may_be_chosen) {
  EXPECT_EQ(decoded({{"format", map({{"type", "nmea"}, {"sentences", list({"VTG"})}, {"name", "gps"}})}},
                    "$GPGLL,4916.45,N,12311.12,W,225444,A*31\r\n" + sentence("GPVTG,1,T,,M,,N,,K")),
            "gps,sentence=VTG,talker=GP course=1f");
}

}  // namespace
}  // namespace tidegate::codec
