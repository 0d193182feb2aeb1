#include "serial/settings.hpp"

#include <algorithm>
#include <cctype>

namespace tidegate::serial {
namespace {

std::string read_number(const options& usb, std::string_view key) {
  if (!usb.has(key)) return {};
  auto digits = usb[key].string();
  const bool fits = digits.size() == 4 && std::all_of(digits.begin(), digits.end(), [](unsigned char digit) {
                      return std::isxdigit(digit) != 0;
                    });
  if (!fits)
    throw configuration_error(usb[key].path(),
                              "must be four hexadecimal digits such as \"0403\"; this is '" + digits + "'");
  for (auto& digit : digits) digit = static_cast<char>(std::tolower(static_cast<unsigned char>(digit)));
  return digits;
}

usb_identity read_usb(const options& usb) {
  usb_identity made;
  made.vendor = read_number(usb, "vendor");
  made.product = read_number(usb, "product");
  if (usb.has("serial")) made.serial = usb["serial"].string();
  if (usb.has("interface")) made.interface = static_cast<int>(usb["interface"].integer());
  if (made.vendor.empty() && made.serial.empty())
    throw configuration_error(usb.path(), "needs a vendor or a serial number; lsusb shows them");
  return made;
}

rs485 read_rs485(const options& of) {
  rs485 made;
  made.rts_on_send = of["rts_on_send"].boolean();
  made.rts_after_send = of["rts_after_send"].boolean();
  made.receive_during_send = of["receive_during_send"].boolean();
  made.delay_before_send = of["delay_before_send"].duration();
  made.delay_after_send = of["delay_after_send"].duration();
  for (const auto* key : {"delay_before_send", "delay_after_send"})
    if (of[key].duration() % std::chrono::milliseconds{1} != std::chrono::nanoseconds{0})
      throw configuration_error(of[key].path(), "must be whole milliseconds, which is what drivers count in");
  return made;
}

parity read_parity(std::string_view name) {
  if (name == "odd") return parity::odd;
  if (name == "even") return parity::even;
  if (name == "mark") return parity::mark;
  return name == "space" ? parity::space : parity::none;
}

flow_control read_flow(std::string_view name) {
  if (name == "rts_cts") return flow_control::rts_cts;
  return name == "xon_xoff" ? flow_control::xon_xoff : flow_control::none;
}

}  // namespace

std::string settings::name() const {
  if (!usb) return device;
  std::string made = "USB adapter";
  if (!usb->vendor.empty()) made += " " + usb->vendor + ":" + (usb->product.empty() ? "*" : usb->product);
  if (!usb->serial.empty()) made += " " + usb->serial;
  if (usb->interface) made += " interface " + std::to_string(*usb->interface);
  return made;
}

std::string settings::line() const {
  constexpr std::string_view letters = "NOEMS";
  return std::to_string(baud) + " baud, " + std::to_string(data_bits) +
         letters[static_cast<std::size_t>(parity)] + std::to_string(stop_bits);
}

settings read_settings(const options& given) {
  settings made;
  if (given.has("device")) made.device = given["device"].string();
  if (given.has("usb")) made.usb = read_usb(given["usb"]);
  if (made.device.empty() != made.usb.has_value())
    throw configuration_error("device",
                              made.usb ? "cannot be given beside 'usb'; remove one of the two"
                                       : "is missing; name the port, such as /dev/ttyUSB0, or give 'usb'");
  made.baud = static_cast<std::uint32_t>(given["baud"].integer());
  made.data_bits = static_cast<int>(given["data_bits"].integer());
  made.parity = read_parity(given["parity"].text());
  made.stop_bits = static_cast<int>(given["stop_bits"].integer());
  made.flow = read_flow(given["flow_control"].text());
  if (given.has("rs485")) made.rs485 = read_rs485(given["rs485"]);
  made.is_exclusive = given["exclusive"].boolean();
  if (given.has("dtr")) made.dtr = given["dtr"].boolean();
  if (given.has("rts")) made.rts = given["rts"].boolean();
  if (made.rs485 && (made.rts || made.flow == flow_control::rts_cts))
    throw configuration_error("rs485", "switches RTS by itself; remove 'rts' and flow_control: rts_cts");
  return made;
}

}  // namespace tidegate::serial
