// The options of `format`, as operators write them. README.md explains them at length.
#include "codec/format/format.hpp"

namespace tidegate::codec {

std::string_view format_schema() noexcept {
  return R"json({
  "type": "object",
  "description": "How a message becomes samples.",
  "properties": {
    "type": {
      "type": "string", "required": true,
      "enum": ["json", "csv", "regex", "key-value", "nmea", "binary", "raw"],
      "description": "json: an object a sample. csv: a line a sample, in columns. regex: a text that a pattern takes apart. key-value: pairs such as t=21.5. nmea: sentences of GPS receivers. binary: bytes at fixed places. raw: one value.",
      "examples": ["json"]
    },
    "columns": {
      "type": "array",
      "minItems": 1,
      "items": {"type": "string"},
      "when": {"type": ["csv"]},
      "description": "What stands in a line, as name or name:type; - for what is left out. Types are f64, i64, u64, bool, string; without one a number is f64.",
      "examples": [["temperature:f64", "valve:bool", "-"]]
    },
    "delimiter": {
      "type": "string",
      "enum": ["comma", "semicolon", "tab", "space"],
      "when": {"type": ["csv"]},
      "description": "What stands between columns; comma if not given."
    },
    "comment": {
      "type": "string",
      "when": {"type": ["csv"]},
      "description": "Lines that begin with this are left out.",
      "examples": ["#"]
    },
    "pattern": {
      "type": "string",
      "when": {"type": ["regex"]},
      "description": "A regular expression in the syntax of RE2, whose named groups are the values.",
      "examples": ["T=(?P<temperature>[-0-9.]+)"]
    },
    "assign": {
      "type": "string",
      "when": {"type": ["key-value"]},
      "description": "What stands between a name and its value; = if not given.",
      "examples": [":"]
    },
    "between": {
      "type": "string",
      "when": {"type": ["key-value"]},
      "description": "Characters that stand between pairs; blanks, commas and semicolons if not given.",
      "examples": [","]
    },
    "sentences": {
      "type": "array",
      "minItems": 1,
      "items": {"type": "string", "enum": ["GGA", "RMC", "GSA", "GSV", "VTG", "GLL"]},
      "when": {"type": ["nmea"]},
      "description": "Which sentences are read; all that are known if not given.",
      "examples": [["RMC", "GGA"]]
    },
    "layout": {
      "type": "array",
      "minItems": 1,
      "when": {"type": ["binary"]},
      "description": "What stands where in a message.",
      "examples": [[{"name": "temperature", "offset": 2, "type": "i16", "scale": 0.1}]],
      "items": {
        "type": "object",
        "required": ["name", "type"],
        "properties": {
          "name": {"type": "string", "description": "What the value is called."},
          "offset": {"type": "integer", "minimum": 0, "maximum": 65535, "default": 0, "description": "How many bytes stand before it."},
          "type": {
            "type": "string",
            "enum": ["u8", "i8", "u16", "i16", "u24", "i24", "u32", "i32", "u64", "i64", "f32", "f64", "bool", "string", "bytes"],
            "description": "What it is; u: without sign."
          },
          "length": {"type": "integer", "minimum": 1, "maximum": 65535, "description": "How many bytes a string or bytes have."},
          "bit": {"type": "integer", "minimum": 0, "maximum": 7, "description": "Which bit a bool is, from the lowest; if not given, any of the byte."},
          "byte_order": {"type": "string", "enum": ["big", "little"], "description": "Which byte comes first, if it differs from the format's."},
          "scale": {"type": "number", "description": "What the number is multiplied with."},
          "shift": {"type": "number", "description": "What is added then."}
        }
      }
    },
    "byte_order": {
      "type": "string",
      "enum": ["big", "little"],
      "when": {"type": ["binary"]},
      "description": "Which byte of a number comes first; big if not given."
    },
    "field": {
      "type": "string",
      "when": {"type": ["raw"]},
      "description": "What the one field is called; value if not given.",
      "examples": ["weight"]
    },
    "as": {
      "type": "string",
      "enum": ["string", "bytes", "f64", "i64", "u64", "bool"],
      "when": {"type": ["raw"]},
      "description": "What the message becomes; a string if not given."
    },
    "time": {
      "type": ["string", "object"],
      "enum": ["arrival"],
      "when": {"type": ["json", "csv", "regex", "key-value", "binary"]},
      "description": "arrival: the time at which the message came in, which it is if not given. Else which value is the time, and how it is written.",
      "examples": [{"from": "ts", "format": "epoch_ms"}],
      "properties": {
        "from": {"type": "string", "description": "Which value it is.", "examples": ["ts"]},
        "format": {
          "type": "string",
          "description": "rfc3339, epoch_s, epoch_ms, epoch_us, epoch_ns, or a pattern of strptime with %f for a fraction; rfc3339 if not given.",
          "examples": ["epoch_ms", "%d.%m.%Y %H:%M:%S"]
        },
        "zone": {
          "type": "string",
          "enum": ["utc", "local"],
          "description": "The zone of times that do not say it; utc if not given."
        }
      }
    },
    "name": {
      "type": ["string", "object"],
      "description": "The name of the series; that of the instance if not given.",
      "examples": ["weather", {"from": "kind"}],
      "properties": {
        "from": {"type": "string", "description": "Which value it is.", "examples": ["kind"]}
      }
    },
    "tags": {
      "when": {"type": ["json", "csv", "regex", "key-value", "binary"]},
      "type": ["array", "object"],
      "items": {"type": "string"},
      "additionalProperties": {"type": "string"},
      "description": "Values that are tags: a list, or a map from the tag to the value.",
      "examples": [["site"], {"site": "station.site"}]
    },
    "fields": {
      "when": {"type": ["json", "csv", "regex", "key-value", "binary"]},
      "type": ["string", "array", "object"],
      "enum": ["all"],
      "items": {"type": "string"},
      "additionalProperties": {"type": "string"},
      "description": "Values that are fields: all that are nothing else, a list, or a map from the field to the value. all if not given.",
      "examples": [["temperature"], {"temperature": "sensor.t"}]
    },
    "types": {
      "when": {"type": ["json", "csv", "regex", "key-value", "binary"]},
      "additionalProperties": {"type": "string", "enum": ["f64", "i64", "u64", "bool", "string"]},
      "description": "The types of fields, by name. A value that does not fit is left out and counted.",
      "examples": [{"temperature": "f64"}]
    },
    "scale": {
      "when": {"type": ["json", "csv", "regex", "key-value", "binary"]},
      "additionalProperties": {"type": "number"},
      "description": "What the numbers of fields are multiplied with, by name.",
      "examples": [{"temperature": 0.1}]
    }
  }
})json";
}

}  // namespace tidegate::codec
