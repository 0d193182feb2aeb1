// The options of a serial port (sdk/OPTIONS.md): members of an object, without its braces.
#pragma once

#include <string_view>

namespace tidegate::serial {

inline constexpr std::string_view port_schema = R"json(
  "device": {"type": "string", "unit": "path",
    "description": "The port; a path below /dev/serial/by-id stays the same wherever it is plugged in.",
    "examples": ["/dev/ttyUSB0", "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0"]},
  "usb": {"type": "object", "description": "Instead of 'device': the USB adapter with these numbers, as lsusb shows them.",
    "examples": [{"vendor": "0403", "product": "6001", "serial": "A50285BI"}],
    "properties": {
      "vendor": {"type": "string", "description": "Four hexadecimal digits, in quotes.", "examples": ["0403"]},
      "product": {"type": "string", "description": "Four hexadecimal digits, in quotes.", "examples": ["6001"]},
      "serial": {"type": "string", "description": "The serial number, where several are alike.", "examples": ["A50285BI"]},
      "interface": {"type": "integer", "minimum": 0, "maximum": 255, "description": "Which port of an adapter that has several."}
    }},
  "baud": {"type": "integer", "default": 9600, "minimum": 1, "maximum": 20000000,
    "description": "Bits a second; any number that the driver takes."},
  "data_bits": {"type": "integer", "default": 8, "minimum": 5, "maximum": 8, "description": "Bits of a character."},
  "parity": {"type": "string", "enum": ["none", "odd", "even", "mark", "space"], "default": "none",
    "description": "The parity bit."},
  "stop_bits": {"type": "integer", "default": 1, "minimum": 1, "maximum": 2, "description": "Stop bits."},
  "flow_control": {"type": "string", "enum": ["none", "rts_cts", "xon_xoff"], "default": "none",
    "description": "How the device is told to wait: not at all, by lines of its own, or by characters."},
  "rs485": {"type": "object", "description": "Let the driver switch the direction of a half-duplex line.",
    "properties": {
      "rts_on_send": {"type": "boolean", "default": true, "description": "RTS is on while sending."},
      "rts_after_send": {"type": "boolean", "default": false, "description": "RTS is on otherwise."},
      "receive_during_send": {"type": "boolean", "default": false, "description": "Read back what is sent."},
      "delay_before_send": {"type": "string", "unit": "duration", "default": "0", "maximum": "100ms",
        "description": "Between switching and sending; whole milliseconds."},
      "delay_after_send": {"type": "string", "unit": "duration", "default": "0", "maximum": "100ms",
        "description": "Between sending and switching back; whole milliseconds."}
    }},
  "exclusive": {"type": "boolean", "default": true, "description": "Let no other program open the port meanwhile."},
  "dtr": {"type": "boolean", "description": "Set the line DTR when the port is opened; many boards reset when it changes."},
  "rts": {"type": "boolean", "description": "Set the line RTS when the port is opened."})json";

}  // namespace tidegate::serial
