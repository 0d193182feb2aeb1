// What a configuration of the source `modbus` may say, and what is told where it may not.
#include <gtest/gtest.h>

#include "modbus_source.hpp"
#include "tidegate/testing.hpp"

namespace tidegate::modbus {
namespace {

using namespace std::chrono_literals;
using testing::list;
using testing::map;
using testing::option_entry;
using testing::option_value;
using testing::options_of;

// An item of `registers`, with what the schema fills in.
option_value field(const char* name, int address, const char* type = nullptr,
                   const char* table = "holding_register", option_entry extra = {"none", nullptr},
                   option_entry more = {"nothing", nullptr}) {
  return map({{"field", name},
              {"table", table},
              {"address", address},
              {"type", type == nullptr ? option_value{nullptr} : option_value{type}},
              std::move(extra),
              std::move(more)});
}
option_value unit(int number, std::vector<option_value> registers, const char* name = nullptr,
                  option_value tags = map({})) {
  return map({{"unit", number},
              {"name", name == nullptr ? option_value{nullptr} : option_value{name}},
              {"tags", std::move(tags)},
              {"byte_order", "ABCD"},
              {"registers", list(std::move(registers))}});
}

struct configuration {
  option_entry line{"device", "/dev/ttyS0"};
  option_entry extra{"none", nullptr};
  std::vector<option_value> units{unit(1, {field("a", 0)})};
  int data_bits = 8;
  const char* flow_control = "none";
  int max_registers = 125;
  std::chrono::nanoseconds retry_min = 10s;
};

// "option: text" of what is wrong, or nothing.
std::string problem_of(configuration of) {
  testing::host host{"plant"};
  const auto options = options_of({of.line,
                                   of.extra,
                                   {"port", 502},
                                   {"baud", 9600},
                                   {"data_bits", of.data_bits},
                                   {"parity", "none"},
                                   {"stop_bits", 1},
                                   {"flow_control", of.flow_control},
                                   {"exclusive", true},
                                   {"timeout", 1s},
                                   {"attempts", 2},
                                   {"pause", 0s},
                                   {"retry", map({{"min", of.retry_min}, {"max", 5min}})},
                                   {"max_gap", 0},
                                   {"max_registers", of.max_registers},
                                   {"units", list(of.units)}});
  try {
    const modbus_source made{host.source(), options};
    return {};
  } catch (const error& wrong) {
    EXPECT_EQ(wrong.status(), TIDEGATE_ERROR_CONFIGURATION);
    return wrong.option() + ": " + wrong.what();
  }
}
std::string problem_of_registers(std::vector<option_value> registers) {
  return problem_of({.units = {unit(1, std::move(registers))}});
}
const option_entry tcp{"endpoint", "10.0.0.7"};

TEST(ModbusOptions, WhatIsRightIsTaken) {
  EXPECT_EQ(problem_of({}), "");
  EXPECT_EQ(problem_of({.line = tcp, .units = {unit(0, {field("a", 65535)}), unit(255, {field("a", 0)})}}),
            "");
  EXPECT_EQ(problem_of({.extra = {"rs485", map({{"rts_on_send", true},
                                                {"rts_after_send", false},
                                                {"receive_during_send", false},
                                                {"delay_before_send", 0s},
                                                {"delay_after_send", 0s}})}}),
            "");
}

TEST(ModbusOptions, ExactlyOneLineMustBeNamed) {
  EXPECT_EQ(problem_of({.line = {"none", nullptr}}),
            "device: is missing; name a serial port by 'device' or 'usb', or a TCP peer by 'endpoint'");
  EXPECT_EQ(problem_of({.extra = tcp}),
            "endpoint: is a TCP peer, and 'device' belongs to a serial port; remove one of the two");
  EXPECT_EQ(problem_of({.line = tcp, .extra = {"dtr", true}}),
            "endpoint: is a TCP peer, and 'dtr' belongs to a serial port; remove one of the two");
}

TEST(ModbusOptions, AnEndpointIsAHostAlone) {
  EXPECT_EQ(problem_of({.line = {"endpoint", "10.0.0.7:502"}}),
            "endpoint: '10.0.0.7:502' holds a port; give the host name alone, and 'port' beside it");
  EXPECT_EQ(problem_of({.line = {"endpoint", ""}}),
            "endpoint: must not be empty; name the host of the device");
}

TEST(ModbusOptions, ASerialLineMustCarryBytesOfEightBits) {
  EXPECT_EQ(problem_of({.data_bits = 7}), "data_bits: must be 8, since Modbus RTU has bytes of 8 bits");
  EXPECT_EQ(
      problem_of({.flow_control = "xon_xoff"}),
      "flow_control: must not be xon_xoff, whose two characters stand in frames of Modbus as any other");
  EXPECT_EQ(problem_of({.extra = {"rs485", map({{"rts_on_send", true},
                                                {"rts_after_send", false},
                                                {"receive_during_send", true},
                                                {"delay_before_send", 0s},
                                                {"delay_after_send", 0s}})}}),
            "rs485.receive_during_send: must be false; what is read back would be taken for the answer");
}

TEST(ModbusOptions, ASerialLineRestsForThreeAndAHalfCharacters) {
  const auto pause = [](int baud, const char* parity, std::chrono::nanoseconds given) {
    return read_line(options_of({{"device", "/dev/ttyS0"},
                                 {"baud", baud},
                                 {"data_bits", 8},
                                 {"parity", parity},
                                 {"stop_bits", 1},
                                 {"flow_control", "none"},
                                 {"exclusive", true},
                                 {"timeout", 1s},
                                 {"pause", given}}))
        .pause;
  };
  EXPECT_EQ(pause(10000, "none", 0s), 3500us);  // 10 bits
  EXPECT_EQ(pause(10000, "even", 0s), 3850us);  // 11
  EXPECT_EQ(pause(19201, "none", 0s), 1750us);
  EXPECT_EQ(pause(10000, "none", 20ms), 20ms);
}

TEST(ModbusOptions, AUnitMustBeOneThatTheLineCanBear) {
  EXPECT_EQ(problem_of({.units = {unit(0, {field("a", 0)})}}),
            "units[0].unit: 0 must be 1 to 247 on a serial line");
  EXPECT_EQ(problem_of({.units = {unit(255, {field("a", 0)})}}),
            "units[0].unit: 255 must be 1 to 247 on a serial line");
  EXPECT_EQ(problem_of({.line = tcp, .units = {unit(250, {field("a", 0)})}}),
            "units[0].unit: 250 must be 0 to 247, or 255 for a device itself");
}

TEST(ModbusOptions, ADelayMustNotBeMoreThanTheLongest) {
  EXPECT_EQ(problem_of({.retry_min = 20min}), "retry.min: is 20 min, more than retry.max, 300 s");
}

TEST(ModbusOptions, AddressesEndAt65535) {
  EXPECT_EQ(problem_of_registers({field("a", 65535, "float32")}),
            "units[0].registers[0].address: is too high: it is holding_register 65535 to 65536 that would be "
            "read, and "
            "the last address is 65535");
  EXPECT_EQ(problem_of_registers({field("a", 65534, "float32")}), "");
}

TEST(ModbusOptions, AFieldIsThereOnce) {
  EXPECT_EQ(
      problem_of_registers({field("a", 0), field("b", 1), field("a", 2)}),
      "units[0].registers[2].field: 'a' is the name of units[0].registers[0] as well; a field has one value");
  EXPECT_EQ(problem_of({.units = {unit(1, {field("a", 0)}), unit(2, {field("a", 0)})}}), "");
}

TEST(ModbusOptions, HalfOfAnotherNumberIsASlip) {
  EXPECT_EQ(problem_of_registers({field("high", 11), field("energy", 10, "uint32")}),
            "units[0].registers[0].address: 'high' is holding_register 11, which overlaps 'energy', "
            "holding_register 10 "
            "to 11; correct an address or a type");
  EXPECT_EQ(problem_of_registers({field("a", 0, "float64"), field("b", 1, "int16", "input_register"),
                                  field("c", 4), field("d", 2, "float32")}),
            "units[0].registers[3].address: 'd' is holding_register 2 to 3, which overlaps 'a', "
            "holding_register 0 to 3; "
            "correct an address or a type");
  EXPECT_EQ(problem_of_registers({field("a", 0, "float64"), field("flag", 1, "bool"), field("b", 2)}),
            "units[0].registers[2].address: 'b' is holding_register 2, which overlaps 'a', holding_register "
            "0 to 3; "
            "correct an address or a type");
}

TEST(ModbusOptions, BitsAndOtherReadingsOfTheSameRegistersAreNone) {
  EXPECT_EQ(
      problem_of_registers({field("status", 7), field("alarm", 7, "bool", "holding_register", {"bit", 3}),
                            field("signed", 7, "int16"), field("wide", 8, "uint32"), field("raw", 8, "int32"),
                            field("flag", 9, "bool", "holding_register", {"bit", 0})}),
      "");
}

TEST(ModbusOptions, ACoilIsABit) {
  EXPECT_EQ(problem_of_registers({field("a", 0, "uint16", "coil")}),
            "units[0].registers[0].type: must be bool, or left out, since a coil is a single bit");
  EXPECT_EQ(problem_of_registers({field("a", 0, "bool", "discrete_input", {"bit", 2})}),
            "units[0].registers[0].bit: is for registers; a discrete_input is a single bit");
  EXPECT_EQ(problem_of_registers({field("a", 0, nullptr, "coil"), field("b", 1, "bool", "coil")}), "");
}

TEST(ModbusOptions, OnlyNumbersAreScaled) {
  EXPECT_EQ(problem_of_registers({field("a", 0, nullptr, "coil", {"scale", 0.1})}),
            "units[0].registers[0].scale: is for numbers; remove it");
  EXPECT_EQ(problem_of_registers({field("a", 0, "text", "holding_register", {"length", 4}, {"offset", 1})}),
            "units[0].registers[0].offset: is for numbers; remove it");
  EXPECT_EQ(problem_of_registers({field("a", 0, "int16", "holding_register", {"scale", 0})}),
            "units[0].registers[0].scale: must not be 0, which makes everything 0");
}

TEST(ModbusOptions, ATextHasALengthThatFitsIntoARequest) {
  EXPECT_EQ(problem_of_registers({field("a", 0, "text")}),
            "units[0].registers[0].length: is missing; a text needs its length in registers");
  EXPECT_EQ(
      problem_of({.units = {unit(1, {field("a", 0, "text", "holding_register", {"length", 30})})},
                  .max_registers = 20}),
      "units[0].registers[0].length: takes 30 registers, more than max_registers, 20, lets be read at once");
  EXPECT_EQ(
      problem_of({.units = {unit(1, {field("a", 0, "float64")})}, .max_registers = 2}),
      "units[0].registers[0].type: takes 4 registers, more than max_registers, 2, lets be read at once");
}

TEST(ModbusOptions, ASeriesIsListedOnce) {
  EXPECT_EQ(problem_of({.units = {unit(1, {field("a", 0)}), unit(1, {field("b", 1)})}}),
            "units[1]: is the same series as units[0]; give it a name or tags of its own, or one list of "
            "registers to "
            "both");
  EXPECT_EQ(problem_of({.units = {unit(1, {field("a", 0)}, "x"), unit(1, {field("a", 1)}, "y"),
                                  unit(1, {field("a", 2)}, "y", map({{"phase", "l1"}}))}}),
            "");
}

TEST(ModbusOptions, OverlapsAreSeenAcrossTheSeriesOfAUnit) {
  EXPECT_EQ(problem_of({.units = {unit(1, {field("a", 0, "uint32")}, "x"), unit(1, {field("a", 1)}, "y")}}),
            "units[1].registers[0].address: 'a' is holding_register 1, which overlaps 'a', holding_register "
            "0 to 1; "
            "correct an address or a type");
}

}  // namespace
}  // namespace tidegate::modbus
