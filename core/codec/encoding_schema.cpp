// The options of `encoding`, as operators write them. README.md explains them at length.
//
// Most have no default here although they have one: an option that was given and means nothing for the
// chosen type is an error, and must be told from one that was not given.
#include "codec/encoder.hpp"

namespace tidegate::codec {

std::string_view encoding_schema() noexcept {
  return R"json({
  "type": "object",
  "description": "How samples become bytes.",
  "properties": {
    "type": {
      "type": "string",
      "enum": ["ndjson", "json", "cbor", "cbor-seq", "csv", "line-protocol"],
      "default": "ndjson",
      "description": "ndjson: a JSON object a line, for files and streams. json: an object a sample, an array for several, for messages. cbor: what json is, in binary. cbor-seq: a CBOR map a sample, for files and streams. csv: rows. line-protocol: InfluxDB's."
    },
    "time": {
      "type": ["string", "object"],
      "enum": ["none"],
      "description": "How the time of a sample is written; none leaves it out.",
      "examples": [{"as": "time", "format": "%Y-%m-%d %H:%M:%S"}, "none"],
      "properties": {
        "as": {
          "type": "string",
          "description": "Its key, or the head of its column; 'time' if not given.",
          "examples": ["timestamp"]
        },
        "format": {
          "type": "string",
          "description": "rfc3339, epoch_s, epoch_ms, epoch_us, epoch_ns, or a pattern of strftime with %3N, %6N, %9N for fractions. If not given: rfc3339; in line-protocol epoch_ns.",
          "examples": ["epoch_ms", "%Y/%m/%d %H:%M:%S"]
        },
        "zone": {
          "type": "string",
          "enum": ["utc", "local"],
          "description": "The zone of rfc3339 and of patterns; utc if not given."
        },
        "precision": {
          "type": "string",
          "enum": ["s", "ms", "us", "ns"],
          "description": "How much of the second rfc3339 shows; ms if not given."
        }
      }
    },
    "layout": {
      "type": "string",
      "enum": ["nested", "flat"],
      "default": "nested",
      "when": {"type": ["ndjson", "json", "cbor", "cbor-seq"]},
      "description": "nested: tags and fields are objects of their own. flat: they stand beside time and name; of a tag and a field with one name the field is written."
    },
    "name": {
      "type": ["string", "object"],
      "enum": ["none"],
      "when": {"type": ["ndjson", "json", "cbor", "cbor-seq"]},
      "description": "The name of the series; none leaves it out.",
      "examples": [{"as": "measurement"}, "none"],
      "properties": {
        "as": {"type": "string", "description": "Its key; 'name' if not given.", "examples": ["measurement"]}
      }
    },
    "tags": {
      "type": ["string", "array", "object"],
      "enum": ["all", "none"],
      "when": {"type": ["ndjson", "json", "cbor", "cbor-seq", "line-protocol"]},
      "items": {"type": "string"},
      "additionalProperties": {"type": "string"},
      "description": "all, none, a list of those to write, or a map from the name to write to the tag. Tags that a sample does not have are left out.",
      "examples": [["host", "core"], {"machine": "host"}]
    },
    "fields": {
      "type": ["string", "array", "object"],
      "enum": ["all"],
      "when": {"type": ["ndjson", "json", "cbor", "cbor-seq", "line-protocol"]},
      "items": {"type": "string"},
      "additionalProperties": {"type": "string"},
      "description": "all, a list of those to write, or a map from the name to write to the field; written in this order.",
      "examples": [["usage", "temperature"], {"cpu_util": "usage"}]
    },
    "missing": {
      "type": "string",
      "enum": ["omit", "empty"],
      "default": "omit",
      "when": {"type": ["ndjson", "json", "cbor", "cbor-seq"]},
      "description": "A chosen field that a sample does not have: omit leaves it out, empty writes null."
    },
    "columns": {
      "type": ["array", "object"],
      "when": {"type": ["csv"]},
      "minItems": 1,
      "items": {"type": "string"},
      "additionalProperties": {"type": "string"},
      "description": "One row a sample with these columns: time, name, and names of fields or tags (fields.x, tags.x to say which); or a map from heads to them. If not given: one row a field with the columns time, name, tags, field, value.",
      "examples": [["time", "host", "usage"], {"Time": "time", "CPU": "usage"}]
    },
    "header": {
      "type": "boolean",
      "default": true,
      "when": {"type": ["csv"]},
      "description": "Begin a file with the heads of the columns."
    },
    "delimiter": {
      "type": "string",
      "enum": ["comma", "semicolon", "tab"],
      "default": "comma",
      "when": {"type": ["csv"]},
      "description": "What stands between columns."
    },
    "decimals": {
      "type": "integer",
      "minimum": 0,
      "maximum": 15,
      "description": "Round floating point numbers to so many places; 0 writes whole numbers without a point. If not given, numbers are written exactly.",
      "examples": [1]
    },
    "not_a_number": {
      "type": "string",
      "enum": ["empty", "omit", "text"],
      "default": "empty",
      "when": {"type": ["ndjson", "json", "csv"]},
      "description": "NaN and infinite values: empty writes null (CSV: an empty cell), omit leaves the field out, text writes NaN, Infinity or -Infinity. Line protocol always leaves them out."
    },
    "big_integers": {
      "type": "string",
      "enum": ["number", "text"],
      "default": "number",
      "when": {"type": ["ndjson", "json"]},
      "description": "Integers beyond 2^53, which readers that know only floating point would round: as numbers, or as strings."
    },
    "array": {
      "type": "string",
      "enum": ["auto", "always"],
      "default": "auto",
      "when": {"type": ["json", "cbor"]},
      "description": "auto: a payload of one sample is an object, one of several an array. always: an array in any case."
    },
    "style": {
      "type": "string",
      "enum": ["compact", "spaced"],
      "default": "compact",
      "when": {"type": ["ndjson", "json"]},
      "description": "spaced: a space after every comma and colon, as Python's json module has it."
    }
  }
})json";
}

}  // namespace tidegate::codec
