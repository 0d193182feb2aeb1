// What the source `modbus` reads, against libmodbus's own server on a real pseudo-terminal and over real TCP.
#include <gtest/gtest.h>

#include <atomic>

#include "modbus_fixture.hpp"

namespace tidegate::modbus {
namespace {

// ---- what is read --------------------------------------------------------------------------------

// Everything that a unit can have, in few requests.
template <class Units>
void fill(Units& units) {
  units.with(1, [](auto& of) {
    of.tab_bits[5] = 1;
    of.tab_input_bits[7] = 1;
    of.tab_input_registers[0] = 0x41AC;  // 21.5
    of.tab_registers[0] = 0xFF9C;        // -100
    of.tab_registers[1] = 235;
    of.tab_registers[2] = 1;  // 0x00010002
    of.tab_registers[3] = 2;
    of.tab_registers[4] = 0x5469;  // "Tide"
    of.tab_registers[5] = 0x6465;
  });
}
std::vector<option_value> everything() {
  return {unit_of(
      1,
      {field("pump", 5, nullptr, "coil"), field("door", 6, nullptr, "coil"),
       field("alarm", 7, "bool", "discrete_input"), field("temperature", 0, "float32", "input_register"),
       field("level", 0, "int16"), field("voltage", 1, "uint16", "holding_register", {"scale", 0.1}),
       field("energy", 2, "uint32"),
       field("swapped", 2, "uint32", "holding_register", {"byte_order", "CDAB"}),
       field("label", 4, "text", "holding_register", {"length", 3})},
      "meter", "ABCD", map({{"line", "a"}}))};
}
void expect_everything(const std::vector<testing::sample>& samples) {
  ASSERT_EQ(samples.size(), 1u);
  const auto& got = samples[0];
  EXPECT_EQ(got.name, "meter");
  EXPECT_EQ(got.tags, (std::map<std::string, std::string>{{"line", "a"}, {"unit", "1"}}));
  EXPECT_EQ(got.time, 1'577'836'800'000'000'000);
  EXPECT_EQ(got.fields.size(), 9u);
  EXPECT_EQ(got.at("pump").value, (testing::sample::value{true}));
  EXPECT_EQ(got.at("door").value, (testing::sample::value{false}));
  EXPECT_EQ(got.at("alarm").value, (testing::sample::value{true}));
  EXPECT_EQ(got.at("temperature").value, (testing::sample::value{21.5}));
  EXPECT_EQ(got.at("level").value, (testing::sample::value{std::int64_t{-100}}));
  EXPECT_EQ(got.at("voltage").value, (testing::sample::value{23.5}));
  EXPECT_EQ(got.at("energy").value, (testing::sample::value{std::uint64_t{0x10002}}));
  EXPECT_EQ(got.at("swapped").value, (testing::sample::value{std::uint64_t{0x20001}}));
  EXPECT_EQ(got.text("label"), "Tide");
}
const std::vector<asked> requests_for_everything{{1, 1, 5, 2}, {1, 2, 7, 1}, {1, 3, 0, 7}, {1, 4, 0, 2}};

TEST_F(ModbusRtu, ReadsEveryTableAndTypeInFewRequests) {
  fill(units);
  make(everything());
  expect_everything(poll());
  EXPECT_EQ(units.requests(), requests_for_everything);
  EXPECT_EQ(health.said(), texts{"running"});
  EXPECT_EQ(log(), texts{"opened " + port_ + ": 115200 baud, 8N1"});
}

TEST_F(ModbusTcp, ReadsEveryTableAndTypeInFewRequests) {
  fill(units);
  make(everything());
  expect_everything(poll());
  expect_everything(poll());
  EXPECT_EQ(units.requests().size(), 8u);
  EXPECT_EQ(units.connections(), 1);
  EXPECT_EQ(log(), texts{"opened " + peer()});
  EXPECT_EQ(host.metric("requests_total"), 8);
}

TEST_F(ModbusTcp, HolesAreReadAlongIfTheyMay) {
  units.set(1, 0, {10, 11, 12, 13});
  make({unit_of(1, {field("a", 0), field("b", 3)})});
  poll();
  EXPECT_EQ(units.requests(), (std::vector<asked>{{1, 3, 0, 1}, {1, 3, 3, 1}}));
  units.forget_requests();
  max_gap = 2;
  make({unit_of(1, {field("a", 0), field("b", 3)})});
  const auto samples = poll();
  EXPECT_EQ(units.requests(), (std::vector<asked>{{1, 3, 0, 4}}));
  EXPECT_EQ(samples[0].number("a"), 10);
  EXPECT_EQ(samples[0].number("b"), 13);
}

TEST_F(ModbusTcp, ADeviceItselfHasANumberThatNoSerialUnitHas) {
  units.set(0, 0, {10});
  units.set(255, 0, {11});
  make({unit_of(0, {field("a", 0)}), unit_of(255, {field("a", 0)})});
  const auto samples = poll();
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[0].number("a"), 10);
  EXPECT_EQ(samples[1].number("a"), 11);
}

TEST_F(ModbusTcp, TheLongestRequestsAreAnswered) {
  std::vector<option_value> of;
  for (int address = 0; address < 250; ++address)
    of.push_back(field(("r" + std::to_string(address)).c_str(), address));
  for (int address = 0; address < 300; ++address)
    of.push_back(field(("c" + std::to_string(address)).c_str(), address, nullptr, "coil"));
  units.with(1, [](auto& all) {
    for (int address = 0; address < 300; ++address) {
      all.tab_registers[address] = static_cast<std::uint16_t>(address * 3);
      all.tab_bits[address] = address % 3 == 0;
    }
  });
  make({unit_of(1, std::move(of))});
  const auto samples = poll();
  ASSERT_EQ(samples.size(), 1u);
  ASSERT_EQ(samples[0].fields.size(), 550u);
  for (int address = 0; address < 250; ++address)
    ASSERT_EQ(samples[0].number("r" + std::to_string(address)), address * 3);
  for (int address = 0; address < 300; ++address)
    ASSERT_EQ(samples[0].number("c" + std::to_string(address)), address % 3 == 0);
  EXPECT_EQ(units.requests(), (std::vector<asked>{{1, 1, 0, 300}, {1, 3, 0, 125}, {1, 3, 125, 125}}));
}

TEST_F(ModbusRtu, SeveralSeriesOfAUnitShareItsRequests) {
  units.set(1, 0, {2301, 2302});
  units.set(2, 0, {7});
  make({unit_of(1, {field("voltage", 0)}, "meter", "ABCD", map({{"phase", "l1"}})),
        unit_of(1, {field("voltage", 1)}, "meter", "ABCD", map({{"phase", "l2"}})),
        unit_of(2, {field("level", 0)})});
  const auto samples = poll();
  ASSERT_EQ(samples.size(), 3u);
  EXPECT_EQ(samples[0].tags.at("phase"), "l1");
  EXPECT_EQ(samples[0].number("voltage"), 2301);
  EXPECT_EQ(samples[1].tags.at("phase"), "l2");
  EXPECT_EQ(samples[1].number("voltage"), 2302);
  EXPECT_EQ(samples[2].name, "plant");
  EXPECT_EQ(samples[2].tags.at("unit"), "2");
  EXPECT_EQ(units.requests(), (std::vector<asked>{{1, 3, 0, 2}, {2, 3, 0, 1}}));
}

// ---- what cannot be read -------------------------------------------------------------------------

TEST_F(ModbusTcp, WhatAUnitRefusesIsLeftOutAndSaidOnce) {
  units.set(1, 0, {5});
  make({unit_of(1, {field("good", 0), field("bad", 900), field("worse", 901)}, "meter")});
  for (int round = 0; round < 3; ++round) {
    const auto samples = poll();
    ASSERT_EQ(samples.size(), 1u);
    EXPECT_EQ(samples[0].number("good"), 5);
    EXPECT_EQ(samples[0].fields.size(), 1u);
  }
  EXPECT_EQ(health.said(),
            (texts{"running",
                   "degraded: unit 1 (meter) refuses holding_register 900 to 901: illegal data address; "
                   "addresses count from 0, what manuals call 40001 is holding_register 0, and with max_gap: "
                   "0 none is read that is not asked for"}));
  EXPECT_EQ(units.connections(), 1);
  EXPECT_EQ(host.metric("exception_answers_total"), 3);
}

TEST_F(ModbusTcp, WhatCannotBeReadAnyMoreIsNotTheLastValue) {
  units.set(1, 0, {5});
  units.set(1, 10, {6});
  make({unit_of(1, {field("a", 0), field("b", 10)})});
  EXPECT_EQ(poll()[0].fields.size(), 2u);
  units.set_hook([](const asked& what, std::string& answer) {
    if (what.address == 0) return true;
    answer[5] = 3;
    answer[7] = static_cast<char>(0x83);
    answer[8] = 4;
    answer.resize(9);
    return true;
  });
  EXPECT_EQ(poll()[0].fields.size(), 1u);
  EXPECT_EQ(health.said().back(),
            "degraded: unit 1 refuses holding_register 10: device failure; look at the unit itself");
}

TEST_F(ModbusTcp, ASeriesWithoutAValueIsNoSample) {
  units.set(1, 0, {0x7FC0, 0, 5});
  make({unit_of(1, {field("a", 0, "float32")}, "nothing"), unit_of(1, {field("b", 2)})});
  const auto samples = poll();
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].name, "plant");
  EXPECT_EQ(health.said(), texts{"running"});
}

TEST_F(ModbusTcp, AUnitThatIsBusyIsRunningAgainWhenItIsNot) {
  units.set(1, 0, {5});
  std::atomic<bool> is_busy = true;
  units.set_hook([&](const asked&, std::string& answer) {
    if (is_busy) {
      answer[5] = 3;  // bytes that follow
      answer[7] = static_cast<char>(0x83);
      answer[8] = 6;
      answer.resize(9);
    }
    return true;
  });
  make({unit_of(1, {field("a", 0)})});
  EXPECT_TRUE(poll().empty());
  is_busy = false;
  EXPECT_EQ(poll().size(), 1u);
  EXPECT_EQ(health.said(),
            (texts{"running",
                   "degraded: unit 1 refuses holding_register 0: it is busy; if that is often so, make "
                   "'interval' longer",
                   "running"}));
}

TEST_F(ModbusTcp, AGatewayThatDoesNotReachAUnitSaysThatItIsAway) {
  units.set(1, 0, {5});
  units.set(2, 0, {6});
  units.set_hook([&](const asked& what, std::string& answer) {
    if (what.unit == 2) {
      answer[5] = 3;
      answer[7] = static_cast<char>(0x83);
      answer[8] = 11;
      answer.resize(9);
    }
    return true;
  });
  make({unit_of(2, {field("a", 0)}), unit_of(1, {field("a", 0)})});
  EXPECT_EQ(poll().size(), 1u);
  EXPECT_EQ(poll().size(), 1u);
  EXPECT_EQ(poll().size(), 1u);
  EXPECT_EQ(units.requests(),
            (std::vector<asked>{{2, 3, 0, 1}, {1, 3, 0, 1}, {2, 3, 0, 1}, {1, 3, 0, 1}, {1, 3, 0, 1}}));
  EXPECT_EQ(health.said(),
            (texts{"running",
                   "degraded: unit 2 is away: the gateway gets no answer from it; is it on, and is this "
                   "its number?"}));
}

TEST_F(ModbusRtu, ADeadUnitHoldsTheOthersUpLessAndLessAndIsSaidOnce) {
  timeout = 300ms;
  units.set(1, 0, {1});
  units.set(3, 0, {3});
  make({unit_of(1, {field("a", 0)}), unit_of(2, {field("a", 0)}, "pump"), unit_of(3, {field("a", 0)})});
  const auto asked_of_the_dead = [&] {
    int count = 0;
    for (const auto& each : units.requests()) count += each.unit == 2;
    return count;
  };
  for (int round = 0; round < 8; ++round) EXPECT_EQ(poll().size(), 2u);
  EXPECT_EQ(asked_of_the_dead(), 2);
  host.advance(10s);
  for (int round = 0; round < 8; ++round) EXPECT_EQ(poll().size(), 2u);
  EXPECT_EQ(asked_of_the_dead(), 3);
  host.advance(10s);
  poll();
  EXPECT_EQ(asked_of_the_dead(), 3);  // its delay has doubled
  const texts away{"running", "degraded: unit 2 (pump) does not answer within 300 ms"};
  EXPECT_EQ(health.said(), away);
  EXPECT_EQ(host.metric("units_away"), 1);

  units.set(2, 0, {2});
  host.advance(10s);
  EXPECT_EQ(poll().size(), 3u);
  EXPECT_EQ(health.said().back(), "running");
  EXPECT_EQ(log().back(), "unit 2 (pump) answers again, after 30 s");
  EXPECT_EQ(host.metric("units_away"), 0);
}

TEST_F(ModbusRtu, OfManyDeadUnitsOneIsAskedInAPoll) {
  timeout = 200ms;
  units.set(9, 0, {9});
  std::vector<option_value> of;
  for (int number = 1; number <= 9; ++number) of.push_back(unit_of(number, {field("a", 0)}));
  make(std::move(of));
  EXPECT_EQ(poll().size(), 1u);
  EXPECT_EQ(units.requests().size(), 9u);
  for (int round = 1; round <= 8; ++round) {
    host.advance(1s);
    units.forget_requests();
    EXPECT_EQ(poll().size(), 1u);
    EXPECT_EQ(units.requests(), (std::vector<asked>{{round, 3, 0, 1}, {9, 3, 0, 1}}));
  }
  EXPECT_EQ(
      health.said().back(),
      "degraded: unit 1 does not answer within 200 ms; unit 2 does not answer within 200 ms; unit 3 does not "
      "answer within 200 ms; unit 4 does not answer within 200 ms; unit 5 does not answer within 200 ms; "
      "unit 6 "
      "does not answer within 200 ms; and 2 more");
  for (int number = 1; number <= 8; ++number) units.set(number, 0, {1});
  host.advance(3s);
  // Only the first is due, 10 seconds after it was asked last. That it answers gives hope for the others.
  for (int round = 1; round <= 8; ++round) EXPECT_EQ(poll().size(), 1u + static_cast<std::size_t>(round));
  EXPECT_EQ(health.said().back(), "running");
}

TEST_F(ModbusRtu, UnitsThatGoAwayTogetherAreAskedSeveralTimesOnlyOnce) {
  timeout = 20ms;
  attempts = 3;
  make({unit_of(1, {field("a", 0)}), unit_of(2, {field("a", 0)}), unit_of(3, {field("a", 0)})});
  poll();
  EXPECT_EQ(units.requests(),
            (std::vector<asked>{{1, 3, 0, 1}, {1, 3, 0, 1}, {1, 3, 0, 1}, {2, 3, 0, 1}, {3, 3, 0, 1}}));
}

TEST_F(ModbusRtu, WhenNoUnitAnswersTheInstanceIsAway) {
  timeout = 20ms;
  make({unit_of(1, {field("a", 0)})});
  EXPECT_TRUE(poll().empty());
  EXPECT_EQ(health.said(), (texts{"running", "away: unit 1 does not answer within 20 ms"}));
}

TEST_F(ModbusRtu, WhatWasReadBeforeAUnitWentIsKept) {
  timeout = 300ms;
  units.set(1, 0, {1, 2, 3});
  units.set_hook([](const asked& what, std::string&) { return what.address == 0; });
  make({unit_of(1, {field("a", 0), field("b", 2)})});
  const auto samples = poll();
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].number("a"), 1);
  EXPECT_FALSE(samples[0].has("b"));
}

}  // namespace
}  // namespace tidegate::modbus
