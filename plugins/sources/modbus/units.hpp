// The units of the configuration: what is read of each, and what it is called.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "line_settings.hpp"
#include "read_plan.hpp"
#include "tidegate/options.hpp"

namespace tidegate::modbus {

struct series {
  std::string name;
  std::vector<std::pair<std::string, std::string>> tags;  // by key
};

struct unit {
  int number = 0;
  std::vector<modbus::series> series;
  std::vector<point> points;

  // "unit 3 (pump)": with the names of its series that are not the instance's.
  std::string name(std::string_view instance) const;
};

// One for each number, though the configuration may name it several times, for several series. Throws
// tidegate::error (configuration).
std::vector<unit> read_units(const options& units, std::string_view instance, const line_settings& line,
                             const read_limits& limits);

}  // namespace tidegate::modbus
