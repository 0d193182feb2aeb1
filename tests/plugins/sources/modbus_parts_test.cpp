// What registers mean, which are read together, and when a unit that is away is asked again.
#include <gtest/gtest.h>

#include <cmath>

#include "absence.hpp"
#include "exceptions.hpp"
#include "read_plan.hpp"
#include "registers.hpp"

namespace tidegate::modbus {
namespace {

using namespace std::chrono_literals;
using words = std::vector<std::uint16_t>;

struct example {
  type of;
  byte_order order;
  words registers;
  value expected;
};

constexpr auto abcd = byte_order::abcd, cdab = byte_order::cdab, badc = byte_order::badc,
               dcba = byte_order::dcba;

TEST(ModbusRegisters, AreReadInEveryTypeAndOrder) {
  const std::vector<example> examples{
      {type::uint16, abcd, {0x1234}, std::uint64_t{0x1234}},
      {type::uint16, cdab, {0x1234}, std::uint64_t{0x1234}},
      {type::uint16, badc, {0x1234}, std::uint64_t{0x3412}},
      {type::uint16, dcba, {0x1234}, std::uint64_t{0x3412}},
      {type::int16, abcd, {0xFFFE}, std::int64_t{-2}},
      {type::int16, badc, {0xFEFF}, std::int64_t{-2}},
      {type::uint32, abcd, {0x1122, 0x3344}, std::uint64_t{0x11223344}},
      {type::uint32, cdab, {0x1122, 0x3344}, std::uint64_t{0x33441122}},
      {type::uint32, badc, {0x1122, 0x3344}, std::uint64_t{0x22114433}},
      {type::uint32, dcba, {0x1122, 0x3344}, std::uint64_t{0x44332211}},
      {type::int32, abcd, {0xFFFF, 0xFFFD}, std::int64_t{-3}},
      {type::int32, cdab, {0xFFFD, 0xFFFF}, std::int64_t{-3}},
      {type::uint64, abcd, {0x0102, 0x0304, 0x0506, 0x0708}, std::uint64_t{0x0102030405060708}},
      {type::uint64, cdab, {0x0708, 0x0506, 0x0304, 0x0102}, std::uint64_t{0x0102030405060708}},
      {type::uint64, badc, {0x0201, 0x0403, 0x0605, 0x0807}, std::uint64_t{0x0102030405060708}},
      {type::uint64, dcba, {0x0807, 0x0605, 0x0403, 0x0201}, std::uint64_t{0x0102030405060708}},
      {type::int64, abcd, {0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF}, std::int64_t{-1}},
      {type::int64, abcd, {0x8000, 0, 0, 0}, INT64_MIN},
      {type::float32, abcd, {0x41AC, 0x0000}, 21.5},
      {type::float32, cdab, {0x0000, 0x41AC}, 21.5},
      {type::float32, badc, {0xAC41, 0x0000}, 21.5},
      {type::float32, dcba, {0x0000, 0xAC41}, 21.5},
      {type::float64, abcd, {0x4035, 0x8000, 0, 0}, 21.5},
      {type::float64, dcba, {0, 0, 0x0080, 0x3540}, 21.5},
      {type::boolean, abcd, {0}, false},
      {type::boolean, abcd, {0x0100}, true},
      {type::text, abcd, {0x5469, 0x6465, 0x2000, 0x4141}, std::string_view{"Tide"}},
      {type::text, badc, {0x6954, 0x6564}, std::string_view{"Tide"}},
      {type::text, cdab, {0x5469, 0x6465}, std::string_view{"Tide"}},
      {type::text, abcd, {0, 0}, std::string_view{}},
  };
  std::string room;
  for (const auto& each : examples) {
    const auto number = &each - examples.data();
    EXPECT_EQ(value_of({each.of, each.order, {}, {}, {}}, each.registers, room), each.expected)
        << "example " << number;
  }
}

TEST(ModbusRegisters, ABitIsOneOfTheRegisterInItsOrder) {
  std::string room;
  const auto bit = [&](unsigned which, byte_order order, std::uint16_t word) {
    return std::get<bool>(value_of({type::boolean, order, which, {}, {}}, words{word}, room));
  };
  EXPECT_TRUE(bit(3, abcd, 0x0008));
  EXPECT_FALSE(bit(2, abcd, 0x0008));
  EXPECT_TRUE(bit(15, abcd, 0x8000));
  EXPECT_TRUE(bit(11, badc, 0x0008));
}

TEST(ModbusRegisters, AScaledNumberIsADoubleAndThePartThatIsMeant) {
  std::string room;
  const auto scaled = [&](std::uint16_t word, std::optional<double> scale, std::optional<double> offset) {
    return std::get<double>(value_of({type::int16, abcd, {}, scale, offset}, words{word}, room));
  };
  EXPECT_EQ(scaled(3, 0.1, {}), 0.3);  // 3 * 0.1 is 0.30000000000000004
  EXPECT_EQ(scaled(2197, 0.001, {}), 2.197);
  EXPECT_EQ(scaled(0xFFFF, 0.1, {}), -0.1);
  EXPECT_EQ(scaled(7, 2.5, {}), 17.5);
  EXPECT_EQ(scaled(7, {}, -40.0), -33);
  EXPECT_EQ(scaled(7, 10.0, 1.5), 71.5);
  EXPECT_EQ(scaled(7, 1.0, {}), 7);
}

TEST(ModbusRegisters, WhatIsNoNumberIsNoValue) {
  std::string room;
  for (const auto& registers : {words{0x7FC0, 0}, words{0x7F80, 0}, words{0xFF80, 0}})
    EXPECT_EQ(value_of({type::float32, abcd, {}, {}, {}}, registers, room), value{});
  EXPECT_EQ(value_of({type::float64, abcd, {}, 1e300, {}}, words{0x7FE0, 0, 0, 0}, room), value{});
}

// ---- which are read together ---------------------------------------------------------------------

point at(table of, std::uint16_t address, std::uint16_t count = 1) {
  point made;
  made.table = of;
  made.address = address;
  made.count = count;
  return made;
}
constexpr auto holding = table::holding_register, input = table::input_register, coil = table::coil;

std::string plan(const std::vector<point>& points, read_limits limits = {}) {
  std::string made;
  std::size_t read = 0;
  for (const auto& each : plan_reads(points, limits)) {
    made += (made.empty() ? "" : ", ") + each.name();
    read += each.points.size();
    for (const auto index : each.points) {
      EXPECT_GE(points[index].address, each.address);
      EXPECT_LE(points[index].end(), std::uint32_t{each.address} + each.count);
    }
  }
  EXPECT_EQ(read, points.size());
  return made;
}

TEST(ModbusPlan, NeighboursAreReadTogetherInWhateverOrderTheyAreListed) {
  EXPECT_EQ(plan({at(holding, 12, 2), at(holding, 10, 2), at(holding, 14)}), "holding_register 10 to 14");
}

TEST(ModbusPlan, NothingIsReadThatNobodyAskedForUnlessItMay) {
  const std::vector<point> points{at(holding, 0), at(holding, 3), at(holding, 10)};
  EXPECT_EQ(plan(points), "holding_register 0, holding_register 3, holding_register 10");
  EXPECT_EQ(plan(points, {.gap_max = 1}), "holding_register 0, holding_register 3, holding_register 10");
  EXPECT_EQ(plan(points, {.gap_max = 2}), "holding_register 0 to 3, holding_register 10");
  EXPECT_EQ(plan({at(holding, 0), at(holding, 2)}), "holding_register 0, holding_register 2");
  EXPECT_EQ(plan(points, {.gap_max = 6}), "holding_register 0 to 10");
}

TEST(ModbusPlan, TablesAreReadApart) {
  EXPECT_EQ(plan({at(input, 1), at(holding, 0), at(coil, 2), at(input, 0)}),
            "coil 2, holding_register 0, input_register 0 to 1");
}

TEST(ModbusPlan, ARequestIsNotLongerThanTheLimit) {
  std::vector<point> points;
  for (std::uint16_t index = 0; index < 126; ++index) points.push_back(at(holding, index));
  EXPECT_EQ(plan(points), "holding_register 0 to 124, holding_register 125");
  EXPECT_EQ(plan({at(holding, 0, 4), at(holding, 4, 4), at(holding, 8, 4)}, {.registers_max = 10}),
            "holding_register 0 to 7, holding_register 8 to 11");
  points.clear();
  for (std::uint16_t index = 0; index < 2001; ++index) points.push_back(at(coil, index));
  EXPECT_EQ(plan(points), "coil 0 to 1999, coil 2000");
}

TEST(ModbusPlan, WhatLiesOverEachOtherIsReadOnce) {
  EXPECT_EQ(plan({at(holding, 5), at(holding, 5), at(holding, 5, 4), at(holding, 6)}),
            "holding_register 5 to 8");
}

TEST(ModbusPlan, TheLastAddressIsRead) {
  EXPECT_EQ(plan({at(holding, 65535), at(holding, 65534)}, {.gap_max = 2000}),
            "holding_register 65534 to 65535");
}

// ---- units that are away -------------------------------------------------------------------------

TEST(ModbusAbsence, IsAskedAtTheNextPollAndThenLessAndLessOften) {
  absence of{{10s, 1min}};
  EXPECT_FALSE(of.is_away());
  std::vector<std::chrono::nanoseconds> delays;
  for (int failure = 0; failure < 6; ++failure) {
    of.failed(1000);
    EXPECT_TRUE(of.is_away());
    delays.push_back(std::chrono::nanoseconds{of.due_at() - 1000});
  }
  EXPECT_EQ(delays, (std::vector<std::chrono::nanoseconds>{0s, 10s, 20s, 40s, 1min, 1min}));
  EXPECT_FALSE(of.is_due(2000));
  of.hurry(2000);
  EXPECT_TRUE(of.is_due(2000));
  EXPECT_EQ(of.lasted(3000), 2us);
  of.answered();
  EXPECT_FALSE(of.is_away());
  of.failed(5000);
  EXPECT_EQ(of.due_at(), 5000);
}

TEST(ModbusExceptions, HaveATextWithAMend) {
  for (int code = 1; code < 256; ++code)
    EXPECT_NE(text_of_exception(code).find("; "), std::string::npos) << code;
  EXPECT_TRUE(says_that_the_unit_is_away(11));
  EXPECT_FALSE(says_that_the_unit_is_away(2));
}

}  // namespace
}  // namespace tidegate::modbus
