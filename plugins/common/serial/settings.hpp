// The options of a serial port, for every plugin that has one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tidegate/options.hpp"

namespace tidegate::serial {

enum class parity { none, odd, even, mark, space };
enum class flow_control { none, rts_cts, xon_xoff };

// Which USB adapter: what is empty is not looked at.
struct usb_identity {
  std::string vendor;   // four hexadecimal digits, lower case
  std::string product;  // the same
  std::string serial;
  std::optional<int> interface;  // of an adapter with several ports
};

// The direction of a half-duplex line, switched by the driver.
struct rs485 {
  bool rts_on_send = true;
  bool rts_after_send = false;
  bool receive_during_send = false;
  std::chrono::nanoseconds delay_before_send{0};
  std::chrono::nanoseconds delay_after_send{0};
};

struct settings {
  std::string device;               // a path, or empty
  std::optional<usb_identity> usb;  // instead
  std::uint32_t baud = 9600;
  int data_bits = 8;
  serial::parity parity = parity::none;
  int stop_bits = 1;
  serial::flow_control flow = flow_control::none;
  std::optional<serial::rs485> rs485;
  bool is_exclusive = true;
  std::optional<bool> dtr;  // once it is open; as the driver leaves it if not given
  std::optional<bool> rts;

  // What messages call it: the path, or the adapter.
  std::string name() const;
  // "115200 baud, 8N1"
  std::string line() const;
};

// From the options below. Throws tidegate::error (configuration).
settings read_settings(const options& given);

}  // namespace tidegate::serial
