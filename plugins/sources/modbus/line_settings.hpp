// What the units are reached by: a serial port or a TCP peer.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "serial/settings.hpp"
#include "tidegate/options.hpp"

namespace tidegate::modbus {

struct line_settings {
  std::optional<serial::settings> serial;
  std::string endpoint;  // otherwise
  std::uint16_t port = 502;
  std::chrono::nanoseconds timeout{0};
  std::chrono::nanoseconds pause{0};  // between what was answered and the next request

  // "/dev/ttyUSB0", "10.0.0.7:502"
  std::string name() const;
  // What a line bears: of 0 to 247 a serial one has no 0, which speaks to all; 255 is a TCP peer itself.
  bool has_unit(std::int64_t number) const noexcept {
    return number <= 247 ? number >= (serial ? 1 : 0) : number == 255 && !serial;
  }
};

// Throws tidegate::error (configuration).
line_settings read_line(const options& given);

}  // namespace tidegate::modbus
