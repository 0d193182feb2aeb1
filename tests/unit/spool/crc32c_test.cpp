#include "spool/crc32c.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string_view>
#include <vector>

namespace tidegate::spool {
namespace {

using function = std::uint32_t (*)(std::uint32_t, const void*, std::size_t) noexcept;

class Crc32c : public testing::TestWithParam<function> {
 protected:
  static std::uint32_t of(const std::vector<unsigned char>& bytes) {
    return GetParam()(0, bytes.data(), bytes.size());
  }
};

TEST_P(Crc32c, HasTheCheckValueOfTheCatalogue) {
  constexpr std::string_view check = "123456789";
  EXPECT_EQ(GetParam()(0, check.data(), check.size()), 0xE3069283u);
}

// RFC 3720, B.4, whose sums stand there byte by byte as they are sent.
TEST_P(Crc32c, HasTheValuesOfRfc3720) {
  std::vector<unsigned char> ascending(32);
  for (std::size_t index = 0; index < ascending.size(); ++index)
    ascending[index] = static_cast<unsigned char>(index);
  EXPECT_EQ(of(std::vector<unsigned char>(32, 0x00)), 0x8A9136AAu);
  EXPECT_EQ(of(std::vector<unsigned char>(32, 0xFF)), 0x62A8AB43u);
  EXPECT_EQ(of(ascending), 0x46DD794Eu);
  EXPECT_EQ(of({ascending.rbegin(), ascending.rend()}), 0x113FDB5Cu);
  std::vector<unsigned char> read_command(48);
  read_command[0] = 0x01;
  read_command[1] = 0xC0;
  read_command[16] = 0x14;
  read_command[22] = 0x04;
  read_command[27] = 0x14;
  read_command[31] = 0x18;
  read_command[32] = 0x28;
  read_command[40] = 0x02;
  EXPECT_EQ(of(read_command), 0xD9963A56u);
}

TEST_P(Crc32c, OfNothingIsThePreviousOne) {
  EXPECT_EQ(GetParam()(0, nullptr, 0), 0u);
  EXPECT_EQ(GetParam()(0x12345678u, nullptr, 0), 0x12345678u);
}

TEST_P(Crc32c, OfPartsIsThatOfTheWhole) {
  std::mt19937 random{1};
  std::vector<unsigned char> bytes(300);
  for (auto& each : bytes) each = static_cast<unsigned char>(random());
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const auto first = GetParam()(0, bytes.data(), cut);
    EXPECT_EQ(GetParam()(first, bytes.data() + cut, bytes.size() - cut), of(bytes)) << cut;
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, Crc32c, testing::Values(&crc32c, &crc32c_portable),
                         [](const auto& each) { return each.index == 0 ? "chosen" : "portable"; });

TEST(Crc32cWays, AreTheSameForAllLengthsAndAlignments) {
  std::mt19937 random{2};
  std::vector<unsigned char> bytes(5000);
  for (auto& each : bytes) each = static_cast<unsigned char>(random());
  for (int round = 0; round < 3000; ++round) {
    const auto begin = random() % 17;
    const auto count = round % 2 == 0 ? random() % 40 : random() % 4900;
    const auto previous = static_cast<std::uint32_t>(random());
    ASSERT_EQ(crc32c(previous, bytes.data() + begin, count),
              crc32c_portable(previous, bytes.data() + begin, count))
        << count << " bytes from " << begin;
  }
}

TEST(Crc32cWays, NoticeEveryFlippedBit) {
  std::array<unsigned char, 64> bytes{};
  const auto whole = crc32c(0, bytes.data(), bytes.size());
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<unsigned char>(1u << (bit % 8));
    EXPECT_NE(crc32c(0, bytes.data(), bytes.size()), whole) << bit;
    bytes[bit / 8] ^= static_cast<unsigned char>(1u << (bit % 8));
  }
}

}  // namespace
}  // namespace tidegate::spool
