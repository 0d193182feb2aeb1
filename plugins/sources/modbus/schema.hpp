// The options of the source `modbus` (sdk/OPTIONS.md), beside those of a serial port.
#pragma once

#include <string_view>

namespace tidegate::modbus {

inline constexpr std::string_view schema_begin = R"({"required": ["units"], "properties": {)";
inline constexpr std::string_view own_schema = R"json(,
  "endpoint": {"type": "string", "examples": ["192.168.1.20"],
    "description": "Instead of a serial port: the host name or address of a device or gateway that speaks Modbus TCP."},
  "port": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 502, "description": "Its TCP port."},
  "interval": {"type": "string", "unit": "duration", "default": "10s", "minimum": "1ms", "description": "How often to read."},
  "timeout": {"type": "string", "unit": "duration", "default": "1s", "minimum": "1ms", "maximum": "10s",
    "description": "How long an answer may take, and connecting."},
  "attempts": {"type": "integer", "default": 2, "minimum": 1, "maximum": 10,
    "description": "How often a request is sent until it is answered properly; one to a unit that is away only once."},
  "retry": {"type": "object", "default": {}, "description": "When a unit that is away is asked again: at the next poll, then after min, doubling to max.",
    "properties": {
      "min": {"type": "string", "unit": "duration", "default": "10s", "minimum": "1ms", "description": "The first delay."},
      "max": {"type": "string", "unit": "duration", "default": "5m", "minimum": "1ms", "description": "The longest delay."}
    }},
  "pause": {"type": "string", "unit": "duration", "default": "0s", "maximum": "10s",
    "description": "How long the line rests before each request; a serial one 3.5 characters at least."},
  "max_gap": {"type": "integer", "default": 0, "minimum": 0, "maximum": 2000,
    "description": "Addresses that nobody asked for and that are read along to save a request; some devices refuse that."},
  "max_registers": {"type": "integer", "default": 125, "minimum": 1, "maximum": 125,
    "description": "Registers of one request; for devices that give fewer at once than the standard has."},
  "units": {"type": "array", "minItems": 1, "maxItems": 1024,
    "description": "The devices on the line, and what is read of them.",
    "examples": [[{"unit": 1, "registers": [{"field": "voltage", "table": "input_register", "address": 0, "type": "float32"}]}]],
    "items": {"required": ["unit", "registers"], "properties": {
      "unit": {"type": "integer", "minimum": 0, "maximum": 255,
        "description": "Its number, also called address or slave; 255 is a TCP device itself."},
      "name": {"type": "string", "examples": ["meter"], "description": "The name of its series; that of the instance if not given."},
      "tags": {"additionalProperties": {"type": "string"}, "default": {}, "description": "Tags of its series, beside 'unit'."},
      "byte_order": {"type": "string", "enum": ["ABCD", "CDAB", "BADC", "DCBA"], "default": "ABCD",
        "description": "How it sends 0xAABBCCDD; ABCD is the standard's, CDAB has the lower register first."},
      "registers": {"type": "array", "minItems": 1, "maxItems": 4096, "description": "Its fields.",
        "items": {"required": ["field", "address"], "properties": {
          "field": {"type": "string", "examples": ["voltage"], "description": "The name of the field."},
          "table": {"type": "string", "enum": ["coil", "discrete_input", "holding_register", "input_register"], "default": "holding_register",
            "description": "What is read: functions 1 to 4."},
          "address": {"type": "integer", "minimum": 0, "maximum": 65535,
            "description": "Counted from 0, as it is sent: what manuals call 40001 is holding_register 0."},
          "type": {"type": "string", "enum": ["bool", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64", "text"],
            "description": "What is in it; bool for coils and discrete inputs, else uint16, if not given."},
          "length": {"type": "integer", "minimum": 1, "maximum": 125, "description": "Registers of a text, of two characters each.",
            "when": {"type": ["text"]}},
          "bit": {"type": "integer", "minimum": 0, "maximum": 15,
            "description": "The bit of a register that is a bool, 0 the lowest; without it, any that is not zero is true.",
            "when": {"type": ["bool"]}},
          "byte_order": {"type": "string", "enum": ["ABCD", "CDAB", "BADC", "DCBA"], "description": "If it differs from the unit's."},
          "scale": {"type": "number", "examples": [0.1], "description": "The value is multiplied by this, and is then an f64."},
          "offset": {"type": "number", "examples": [-40], "description": "And this is added."}
        }}}
    }}}
}})json";

}  // namespace tidegate::modbus
