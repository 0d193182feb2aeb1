// Single items of CBOR: the examples of RFC 8949, the edges of each length, and numbers at random.
#include "codec/cbor_item.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "cbor_reader.hpp"
#include "hex.hpp"

namespace tidegate::codec::cbor {
namespace {

template <class Value>
std::string integer(Value value) {
  char item[head_bytes_max];
  return hex({item, write_integer(item, value)});
}

std::string float_bytes(double value) {
  char item[head_bytes_max];
  return {item, write_float(item, value)};
}
std::string floating(double value) { return hex(float_bytes(value)); }

// Appendix A of RFC 8949.
TEST(cbor_items, are_the_examples_of_the_rfc) {
  EXPECT_EQ(integer(std::uint64_t{0}), "00");
  EXPECT_EQ(integer(std::uint64_t{10}), "0a");
  EXPECT_EQ(integer(std::uint64_t{23}), "17");
  EXPECT_EQ(integer(std::uint64_t{24}), "1818");
  EXPECT_EQ(integer(std::int64_t{100}), "1864");
  EXPECT_EQ(integer(std::int64_t{1000}), "1903e8");
  EXPECT_EQ(integer(std::int64_t{1'000'000}), "1a000f4240");
  EXPECT_EQ(integer(std::int64_t{1'000'000'000'000}), "1b000000e8d4a51000");
  EXPECT_EQ(integer(std::numeric_limits<std::uint64_t>::max()), "1bffffffffffffffff");
  EXPECT_EQ(integer(std::int64_t{-1}), "20");
  EXPECT_EQ(integer(std::int64_t{-10}), "29");
  EXPECT_EQ(integer(std::int64_t{-100}), "3863");
  EXPECT_EQ(integer(std::int64_t{-1000}), "3903e7");

  EXPECT_EQ(floating(0.0), "f90000");
  EXPECT_EQ(floating(-0.0), "f98000");
  EXPECT_EQ(floating(1.0), "f93c00");
  EXPECT_EQ(floating(1.1), "fb3ff199999999999a");
  EXPECT_EQ(floating(1.5), "f93e00");
  EXPECT_EQ(floating(65504.0), "f97bff");
  EXPECT_EQ(floating(100000.0), "fa47c35000");
  EXPECT_EQ(floating(3.4028234663852886e+38), "fa7f7fffff");
  EXPECT_EQ(floating(1.0e+300), "fb7e37e43c8800759c");
  EXPECT_EQ(floating(5.960464477539063e-8), "f90001");
  EXPECT_EQ(floating(0.00006103515625), "f90400");
  EXPECT_EQ(floating(-4.0), "f9c400");
  EXPECT_EQ(floating(-4.1), "fbc010666666666666");
  EXPECT_EQ(floating(std::numeric_limits<double>::infinity()), "f97c00");
  EXPECT_EQ(floating(-std::numeric_limits<double>::infinity()), "f9fc00");
  EXPECT_EQ(floating(std::numeric_limits<double>::quiet_NaN()), "f97e00");

  char item[head_bytes_max];
  EXPECT_EQ(hex({item, write_boolean(item, false)}), "f4");
  EXPECT_EQ(hex({item, write_boolean(item, true)}), "f5");
  EXPECT_EQ(hex({item, write_null(item)}), "f6");
  EXPECT_EQ(hex({item, write_head(item, major::array, 25)}), "9819");
}

TEST(cbor_items, change_their_length_where_the_next_one_is_needed) {
  EXPECT_EQ(integer(std::uint64_t{255}), "18ff");
  EXPECT_EQ(integer(std::uint64_t{256}), "190100");
  EXPECT_EQ(integer(std::uint64_t{65535}), "19ffff");
  EXPECT_EQ(integer(std::uint64_t{65536}), "1a00010000");
  EXPECT_EQ(integer(std::uint64_t{4294967295}), "1affffffff");
  EXPECT_EQ(integer(std::uint64_t{4294967296}), "1b0000000100000000");
  EXPECT_EQ(integer(std::int64_t{-24}), "37");
  EXPECT_EQ(integer(std::int64_t{-25}), "3818");
  EXPECT_EQ(integer(std::numeric_limits<std::int64_t>::max()), "1b7fffffffffffffff");
  EXPECT_EQ(integer(std::numeric_limits<std::int64_t>::min()), "3b7fffffffffffffff");
}

TEST(cbor_items, write_every_nan_the_same) {
  EXPECT_EQ(floating(-std::numeric_limits<double>::quiet_NaN()), "f97e00");
  EXPECT_EQ(floating(std::nan("1234")), "f97e00");
}

TEST(cbor_items, keep_the_value_of_a_float_in_the_fewest_bytes) {
  EXPECT_EQ(floating(std::ldexp(1023, -24)), "f903ff") << "the largest subnormal of 16 bits";
  EXPECT_EQ(floating(std::ldexp(1, -25)), "fa33000000");
  EXPECT_EQ(floating(std::ldexp(1.5, -24)), "fa33c00000");
  EXPECT_EQ(floating(65505.0), "fa477fe100");
  EXPECT_EQ(floating(65536.0), "fa47800000");
  EXPECT_EQ(floating(2049.0), "fa45001000") << "12 bits";
  EXPECT_EQ(floating(std::ldexp(1, -149)), "fa00000001");
  EXPECT_EQ(floating(std::ldexp(1, -150)), "fb3690000000000000");
  EXPECT_EQ(floating(16777217.0), "fb4170000010000000") << "25 bits";
  EXPECT_EQ(floating(std::ldexp(1, 128)), "fb47f0000000000000");
}

TEST(cbor_items, hold_every_number_of_16_bits_in_three_bytes) {
  for (std::uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
    const char item[] = {'\xF9', static_cast<char>(bits >> 8), static_cast<char>(bits)};
    const auto read = cbor_reader::read_one({item, sizeof item});
    if (!read) continue;  // one of the NaNs that are never written
    EXPECT_EQ(hex(float_bytes(read->real)), hex({item, sizeof item}));
  }
}

TEST(cbor_items, are_read_back_as_the_same_number) {
  std::mt19937_64 random{1};
  std::size_t lengths[10] = {};
  for (int round = 0; round < 300'000; ++round) {
    // Also such as need few bits, and all of the exponents that a float has.
    const auto kept = ~std::uint64_t{0} << random() % 53;
    auto value = std::bit_cast<double>(random() & kept);
    if (round % 2 == 0)
      value = std::ldexp(static_cast<double>(random() >> (11 + random() % 53)),
                         static_cast<int>(random() % 320) - 180);
    const auto bytes = float_bytes(value);
    ++lengths[bytes.size()];
    const auto read = cbor_reader::read_one(bytes);
    ASSERT_TRUE(read) << value << " " << hex(bytes);
    if (std::isnan(value))
      ASSERT_TRUE(std::isnan(read->real));
    else
      ASSERT_EQ(read->real, value) << hex(bytes);
  }
  EXPECT_GT(lengths[3], 1000U);
  EXPECT_GT(lengths[5], 10'000U);
  EXPECT_GT(lengths[9], 10'000U);
}

// What says yes to everything proves nothing.
TEST(the_reader_of_the_tests, refuses_what_the_encoder_must_not_write) {
  const auto refuses = [](std::string_view digits) { return !cbor_reader::read_one(unhex(digits)); };
  EXPECT_TRUE(refuses("")) << "nothing";
  EXPECT_TRUE(refuses("1817")) << "longer than needed";
  EXPECT_TRUE(refuses("1900ff"));
  EXPECT_TRUE(refuses("1a0000ffff"));
  EXPECT_TRUE(refuses("1b00000000ffffffff"));
  EXPECT_TRUE(refuses("19ff")) << "cut off";
  EXPECT_TRUE(refuses("6261"));
  EXPECT_TRUE(refuses("8201"));
  EXPECT_TRUE(refuses("a16161"));
  EXPECT_TRUE(refuses("a10102")) << "a key that is a number";
  EXPECT_TRUE(refuses("9f01ff")) << "of unknown length";
  EXPECT_TRUE(refuses("7f6161ff"));
  EXPECT_TRUE(refuses("c11a514b67b0")) << "a tag";
  EXPECT_TRUE(refuses("f7")) << "undefined";
  EXPECT_TRUE(refuses("61ff")) << "not UTF-8";
  EXPECT_TRUE(refuses("62c080"));
  EXPECT_TRUE(refuses("63eda080"));
  EXPECT_TRUE(refuses("64f4908080"));
  EXPECT_TRUE(refuses("fa3f800000")) << "1.0 in 32 bits";
  EXPECT_TRUE(refuses("fb3ff0000000000000"));
  EXPECT_TRUE(refuses("fb40f86a0000000000")) << "100000.0 in 64 bits";
  EXPECT_TRUE(refuses("fa7fc00000")) << "another NaN";
  EXPECT_TRUE(refuses("0000")) << "two items";
  EXPECT_FALSE(refuses("a2616101616282f5f6"));
  EXPECT_FALSE(refuses("64f09f9880"));
}

}  // namespace
}  // namespace tidegate::codec::cbor
