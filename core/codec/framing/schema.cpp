// The options of `framing`, as operators write them. README.md explains them at length.
#include "codec/framing/framing.hpp"

namespace tidegate::codec {

std::string_view framing_schema() noexcept {
  return R"json({
  "type": "object",
  "description": "Where one message ends and the next begins.",
  "properties": {
    "type": {
      "type": "string",
      "enum": ["line", "fixed", "length-prefixed", "markers", "slip", "cobs", "silence", "datagram"],
      "default": "line",
      "description": "line: ends with a line break or bytes of your own. fixed: always the same length. length-prefixed: begins with its length. markers: between a start and an end. slip, cobs: as these encode it. silence: ends when nothing comes for a while. datagram: as the source reads it, such as a UDP packet."
    },
    "ending": {
      "type": "string",
      "enum": ["lf", "crlf", "cr"],
      "when": {"type": ["line"]},
      "description": "What ends a line; lf if not given, which takes crlf, too."
    },
    "delimiter": {
      "type": "string",
      "when": {"type": ["line"]},
      "description": "Bytes that end a line instead, as text or hexadecimal.",
      "examples": [";", "0x03"]
    },
    "length": {
      "type": "integer",
      "minimum": 1,
      "when": {"type": ["fixed"]},
      "description": "How many bytes a frame has, 'start' included.",
      "examples": [12]
    },
    "start": {
      "type": "string",
      "when": {"type": ["markers", "fixed", "length-prefixed"]},
      "description": "Bytes that every frame begins with, as text or hexadecimal; by them the beginning is found again after noise.",
      "examples": ["0x02", "<"]
    },
    "end": {
      "type": "string",
      "when": {"type": ["markers"]},
      "description": "Bytes that every frame ends with, as text or hexadecimal.",
      "examples": ["0x03", ">"]
    },
    "keep_markers": {
      "type": "boolean",
      "when": {"type": ["markers"]},
      "description": "Leave start and end in the frame; false if not given."
    },
    "header_bytes": {
      "type": "integer",
      "minimum": 0,
      "maximum": 255,
      "when": {"type": ["length-prefixed"]},
      "description": "How many bytes stand between 'start' and the length; none if not given."
    },
    "length_bytes": {
      "type": "integer",
      "enum": [1, 2, 4],
      "when": {"type": ["length-prefixed"]},
      "description": "How many bytes the length has; 2 if not given."
    },
    "byte_order": {
      "type": "string",
      "enum": ["big", "little"],
      "when": {"type": ["length-prefixed"]},
      "description": "Which byte of the length comes first; big if not given."
    },
    "length_counts": {
      "type": "string",
      "enum": ["payload", "frame"],
      "when": {"type": ["length-prefixed"]},
      "description": "payload: the bytes behind the length, without 'trailer_bytes'. frame: all bytes. payload if not given."
    },
    "trailer_bytes": {
      "type": "integer",
      "minimum": 0,
      "maximum": 255,
      "when": {"type": ["length-prefixed"]},
      "description": "How many bytes follow the payload, such as a checksum; none if not given."
    },
    "keep_header": {
      "type": "boolean",
      "when": {"type": ["length-prefixed"]},
      "description": "Leave start, header and length in the frame; false if not given."
    },
    "silence": {
      "type": "string",
      "unit": "duration",
      "minimum": "1ms",
      "maximum": "1m",
      "when": {"type": ["silence", "fixed", "length-prefixed", "markers"]},
      "description": "silence: how long nothing comes after a frame; 20ms if not given. The others: when so long nothing comes, a frame that is not complete is dropped.",
      "examples": ["20ms"]
    },
    "max_size": {
      "type": "string",
      "unit": "size",
      "minimum": "1B",
      "maximum": "16MiB",
      "description": "The longest frame; what is longer is skipped and counted. 64KiB if not given.",
      "examples": ["64KiB"]
    },
    "checksum": {
      "type": "object",
      "description": "A checksum at the end of each frame; frames in which it is wrong are dropped and counted, and it is cut off all others.",
      "examples": [{"type": "crc16-modbus"}],
      "required": ["type"],
      "properties": {
        "type": {
          "type": "string",
          "enum": ["xor", "sum8", "sum16", "crc8", "crc16-modbus", "crc16-ccitt", "crc32"],
          "description": "xor: of all bytes, as in NMEA. sum8, sum16: of all bytes. crc8: polynomial 0x07. crc16-ccitt: initial value 0xffff. crc32: as in Ethernet."
        },
        "as": {
          "type": "string",
          "enum": ["bytes", "hex"],
          "description": "How it is written: bytes, or hexadecimal digits. bytes if not given."
        },
        "byte_order": {
          "type": "string",
          "enum": ["big", "little"],
          "description": "Which byte comes first; little for crc16-modbus and big for others if not given."
        },
        "separator": {
          "type": "string",
          "description": "What stands before it and belongs neither to the data nor to it.",
          "examples": ["*"]
        },
        "skip": {
          "type": "integer",
          "minimum": 0,
          "maximum": 65535,
          "description": "How many bytes at the beginning it does not count; none if not given.",
          "examples": [1]
        }
      }
    }
  }
})json";
}

}  // namespace tidegate::codec
