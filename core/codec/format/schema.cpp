// The options of `format`, as operators write them. README.md explains them at length.
#include "codec/format/format.hpp"

namespace tidegate::codec {

std::string_view format_schema() noexcept {
  return R"json({
  "type": "object",
  "description": "How a message becomes samples.",
  "required": ["type"],
  "properties": {
    "type": {
      "type": "string",
      "enum": ["json", "csv"],
      "description": "json: an object a sample. csv: a line a sample, in columns.",
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
    "time": {
      "type": ["string", "object"],
      "enum": ["arrival"],
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
      "type": ["array", "object"],
      "items": {"type": "string"},
      "additionalProperties": {"type": "string"},
      "description": "Values that are tags: a list, or a map from the tag to the value.",
      "examples": [["site"], {"site": "station.site"}]
    },
    "fields": {
      "type": ["string", "array", "object"],
      "enum": ["all"],
      "items": {"type": "string"},
      "additionalProperties": {"type": "string"},
      "description": "Values that are fields: all that are nothing else, a list, or a map from the field to the value. all if not given.",
      "examples": [["temperature"], {"temperature": "sensor.t"}]
    },
    "types": {
      "additionalProperties": {"type": "string", "enum": ["f64", "i64", "u64", "bool", "string"]},
      "description": "The types of fields, by name. A value that does not fit is left out and counted.",
      "examples": [{"temperature": "f64"}]
    },
    "scale": {
      "additionalProperties": {"type": "number"},
      "description": "What the numbers of fields are multiplied with, by name.",
      "examples": [{"temperature": 0.1}]
    }
  }
})json";
}

}  // namespace tidegate::codec
