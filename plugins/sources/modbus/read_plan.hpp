// Which registers are read together: arithmetic only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "registers.hpp"

namespace tidegate::modbus {

// One field of a unit, and where it is read from.
struct point {
  std::string field;
  modbus::table table = table::holding_register;
  std::uint16_t address = 0;
  std::uint16_t count = 1;  // addresses that it takes; their end is not beyond 65536
  reading how;
  std::size_t series = 0;  // of the unit's, counted from 0

  std::uint32_t end() const noexcept { return std::uint32_t{address} + count; }
};

// A request: what a unit is asked for at once.
struct read_request {
  modbus::table table = table::holding_register;
  std::uint16_t address = 0;
  std::uint16_t count = 0;
  std::vector<std::size_t> points;  // whose values are in its answer

  // "holding_register 100 to 109"
  std::string name() const;
};

struct read_limits {
  std::uint16_t registers_max = 125;  // of one request, as the standard has it
  std::uint16_t gap_max = 0;  // addresses between two points that may be read though nobody asked for them
};
inline constexpr std::uint16_t bits_max = 2000;

// As few requests as the limits allow, each of one table, in the order of tables and addresses. No point is
// longer than a request may be.
std::vector<read_request> plan_reads(std::span<const point> points, const read_limits& limits);

// "coil 5", "coil 5 to 8"
std::string name_of(table of, std::uint32_t first, std::uint32_t count);

}  // namespace tidegate::modbus
