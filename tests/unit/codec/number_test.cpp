#include "codec/number.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>

namespace tidegate::codec {
namespace {

std::string shortest(double value) {
  char text[number_bytes_max];
  return {text, write_shortest(text, value)};
}

std::string rounded(double value, int decimals) {
  char text[number_bytes_max];
  return {text, write_rounded(text, value, decimals)};
}

double any_finite(std::mt19937_64& random) {
  for (;;) {
    const auto value = std::bit_cast<double>(random());
    if (std::isfinite(value)) return value;
  }
}

TEST(numbers, are_written_as_python_writes_them) {
  // Each line was printed by repr() of Python 3.11.
  EXPECT_EQ(shortest(0.0), "0.0");
  EXPECT_EQ(shortest(-0.0), "-0.0");
  EXPECT_EQ(shortest(12.0), "12.0");
  EXPECT_EQ(shortest(12.3), "12.3");
  EXPECT_EQ(shortest(-0.1), "-0.1");
  EXPECT_EQ(shortest(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(shortest(1.0 / 3), "0.3333333333333333");
  EXPECT_EQ(shortest(100000.0), "100000.0");
  EXPECT_EQ(shortest(1234567890.0), "1234567890.0");
  EXPECT_EQ(shortest(0.0001), "0.0001");
  EXPECT_EQ(shortest(0.00001), "1e-05");
  EXPECT_EQ(shortest(123456789.123456), "123456789.123456");
  EXPECT_EQ(shortest(9007199254740993.0), "9007199254740992.0");
  EXPECT_EQ(shortest(9999999999999998.0), "9999999999999998.0");
  EXPECT_EQ(shortest(1e16), "1e+16");
  EXPECT_EQ(shortest(1e22), "1e+22");
  EXPECT_EQ(shortest(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
  EXPECT_EQ(shortest(std::numeric_limits<double>::min()), "2.2250738585072014e-308");
  EXPECT_EQ(shortest(std::numeric_limits<double>::denorm_min()), "5e-324");
}

TEST(numbers, read_back_as_the_same_number_whatever_they_are) {
  std::mt19937_64 random{1};
  for (int round = 0; round < 200'000; ++round) {
    const auto value = any_finite(random);
    ASSERT_EQ(std::strtod(shortest(value).c_str(), nullptr), value);
  }
}

TEST(numbers, with_few_decimals_have_no_more_digits_than_needed) {
  std::mt19937_64 random{2};
  for (int round = 0; round < 200'000; ++round) {
    const auto value = static_cast<double>(random() % 1'000'000'000'000'000) / std::pow(10.0, random() % 10);
    const auto text = shortest(value);
    ASSERT_EQ(std::strtod(text.c_str(), nullptr), value);
    char plain[64];
    auto* end = std::to_chars(plain, plain + sizeof plain, value, std::chars_format::fixed).ptr;
    std::string expected{plain, end};
    if (expected.find('.') == std::string::npos) expected += ".0";
    if (value >= 1e-4 || value == 0) {
      ASSERT_EQ(text, expected);
    }
  }
}

TEST(rounding, keeps_at_most_so_many_decimals) {
  EXPECT_EQ(rounded(12.34, 1), "12.3");
  EXPECT_EQ(rounded(12.36, 1), "12.4");
  EXPECT_EQ(rounded(12.3, 3), "12.3");
  EXPECT_EQ(rounded(12.0, 3), "12.0");
  EXPECT_EQ(rounded(99.96, 1), "100.0");
  EXPECT_EQ(rounded(1.0 / 3, 15), "0.333333333333333");
}

TEST(rounding, to_no_decimals_writes_whole_numbers) {
  EXPECT_EQ(rounded(12.4, 0), "12");
  EXPECT_EQ(rounded(-12.6, 0), "-13");
  EXPECT_EQ(rounded(4503599627370497.5, 0), "4503599627370498");
}

TEST(rounding, never_leaves_a_negative_zero) {
  EXPECT_EQ(rounded(-0.04, 1), "0.0");
  EXPECT_EQ(rounded(-0.4, 0), "0");
  EXPECT_EQ(rounded(-0.0, 2), "0.0");
  EXPECT_EQ(rounded(-1e-300, 12), "0.0");
  EXPECT_EQ(rounded(-0.06, 1), "-0.1");
}

TEST(rounding, looks_at_the_number_itself_and_not_at_its_product) {
  EXPECT_EQ(rounded(2.675, 2), "2.67");  // is 2.67499999999999982236431605997495353221893310546875
  EXPECT_EQ(rounded(1.005, 2), "1.0");
  EXPECT_EQ(rounded(0.5, 0), "0");  // to even where it is in the middle
  EXPECT_EQ(rounded(1.5, 0), "2");
  EXPECT_EQ(rounded(0.125, 2), "0.12");
}

TEST(rounding, leaves_huge_numbers_as_they_are) {
  EXPECT_EQ(rounded(1e300, 2), "1e+300");
  EXPECT_EQ(rounded(-1.5e16, 0), "-1.5e+16");
}

TEST(rounding, agrees_with_printf_for_any_number) {
  std::mt19937_64 random{3};
  for (int round = 0; round < 200'000; ++round) {
    const int decimals = 1 + static_cast<int>(random() % 12);
    const auto value = static_cast<double>(random() % 100'000'000'000) / std::pow(10.0, random() % 12);
    char expected[64];
    std::snprintf(expected, sizeof expected, "%.*f", decimals, value);
    const auto text = rounded(value, decimals);
    ASSERT_EQ(std::strtod(text.c_str(), nullptr), std::strtod(expected, nullptr)) << value << " " << decimals;
    ASSERT_TRUE(text.back() != '0' || text[text.size() - 2] == '.') << text;
  }
}

}  // namespace
}  // namespace tidegate::codec
