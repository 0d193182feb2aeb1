#include "line_settings.hpp"

#include <algorithm>

#include "tls/endpoint.hpp"

namespace tidegate::modbus {
namespace {

using namespace std::chrono_literals;

// A frame ends by the silence of 3.5 characters, or of 1.75 ms on lines that are faster than 19200 baud.
std::chrono::nanoseconds silence_of(const serial::settings& with) {
  if (with.baud > 19200) return 1750us;
  const int bits = 1 + with.data_bits + (with.parity == serial::parity::none ? 0 : 1) + with.stop_bits;
  return std::chrono::nanoseconds{std::chrono::seconds{1}} * bits * 7 / (2 * std::int64_t{with.baud});
}

// RTU is made of bytes of 8 bits that mean nothing else.
serial::settings read_serial(const options& given) {
  auto made = serial::read_settings(given);
  if (made.data_bits != 8)
    throw configuration_error("data_bits", "must be 8, since Modbus RTU has bytes of 8 bits");
  if (made.flow == serial::flow_control::xon_xoff)
    throw configuration_error(
        "flow_control", "must not be xon_xoff, whose two characters stand in frames of Modbus as any other");
  if (made.rs485 && made.rs485->receive_during_send)
    throw configuration_error("rs485.receive_during_send",
                              "must be false; what is read back would be taken for the answer");
  return made;
}

void refuse_serial_options(const options& given) {
  for (const char* key : {"device", "usb", "rs485", "dtr", "rts"})
    if (given.has(key))
      throw configuration_error("endpoint", "is a TCP peer, and '" + std::string{key} +
                                                "' belongs to a serial port; remove one of the two");
}

}  // namespace

std::string line_settings::name() const {
  return serial ? serial->name() : tls::address_text(endpoint, port);
}

line_settings read_line(const options& given) {
  line_settings made;
  made.timeout = given["timeout"].duration();
  made.pause = given["pause"].duration();
  if (given.has("endpoint")) {
    refuse_serial_options(given);
    made.endpoint = given["endpoint"].string();
    tls::check_host(made.endpoint, "endpoint", "the device");
    made.port = static_cast<std::uint16_t>(given["port"].integer());
    return made;
  }
  if (!given.has("device") && !given.has("usb"))
    throw configuration_error(
        "device", "is missing; name a serial port by 'device' or 'usb', or a TCP peer by 'endpoint'");
  made.serial = read_serial(given);
  made.pause = std::max(made.pause, silence_of(*made.serial));
  return made;
}

}  // namespace tidegate::modbus
