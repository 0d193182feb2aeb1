#include "codec/framing/checksum.hpp"

#include <gtest/gtest.h>

#include "tidegate/testing.hpp"

namespace tidegate::codec {
namespace {

using namespace std::string_literals;
using testing::map;
using testing::option_map;

// The check values of the catalogues of CRCs: of the text "123456789".
TEST(checksums, are_those_of_the_catalogues) {
  constexpr std::string_view digits = "123456789";
  EXPECT_EQ(checksum_of(checksum_kind::crc8, digits), 0xF4U);
  EXPECT_EQ(checksum_of(checksum_kind::crc16_modbus, digits), 0x4B37U);
  EXPECT_EQ(checksum_of(checksum_kind::crc16_ccitt, digits), 0x29B1U);
  EXPECT_EQ(checksum_of(checksum_kind::crc32, digits), 0xCBF43926U);
  EXPECT_EQ(checksum_of(checksum_kind::sum8, digits), 0xDDU);
  EXPECT_EQ(checksum_of(checksum_kind::sum16, digits), 0x1DDU);
  EXPECT_EQ(checksum_of(checksum_kind::xor8, digits), 0x31U);
}

std::string checked(const option_map& framing, std::string_view frame) {
  const auto found = checksum::make(framing)->checked(frame);
  return found ? std::string{*found} : "wrong";
}

TEST(a_frame, loses_its_checksum_and_goes_on_if_it_is_right) {
  const option_map modbus{{"checksum", map({{"type", "crc16-modbus"}})}};
  EXPECT_EQ(checked(modbus, "123456789\x37\x4B"), "123456789");
  EXPECT_EQ(checked(modbus, "123456788\x37\x4B"), "wrong");
  EXPECT_EQ(checked(modbus, "123456789\x4B\x37"), "wrong");
  EXPECT_EQ(checked(modbus, "1"), "wrong");
  const option_map big{{"checksum", map({{"type", "crc32"}})}};
  EXPECT_EQ(checked(big, "123456789\xCB\xF4\x39\x26"), "123456789");
}

TEST(a_checksum, may_be_written_in_digits_behind_a_separator) {
  const option_map nmea{{"checksum", map({{"type", "xor"}, {"as", "hex"}, {"separator", "*"}, {"skip", 1}})}};
  EXPECT_EQ(checked(nmea, "$GPGLL,4916.45,N,12311.12,W,225444,A*31"), "$GPGLL,4916.45,N,12311.12,W,225444,A");
  EXPECT_EQ(checked(nmea, "$GPGLL,4916.45,N,12311.12,W,225444,A*32"), "wrong");
  EXPECT_EQ(checked(nmea, "$GPGLL,4916.45,N,12311.12,W,225444,A331"), "wrong");
  EXPECT_EQ(checked(nmea, "$GPGLL,4916.45,N,12311.12,W,225444,A*3 "), "wrong");
  EXPECT_EQ(checked(nmea, ""), "wrong");
}

TEST(a_framing, without_a_checksum_has_none) { EXPECT_FALSE(checksum::make(option_map{})); }

}  // namespace
}  // namespace tidegate::codec
