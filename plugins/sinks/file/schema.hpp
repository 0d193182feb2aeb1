// The options that the sink `file` declares (sdk/OPTIONS.md).
#pragma once

#include <string_view>

namespace tidegate::file_sink {

inline constexpr std::string_view schema = R"({
  "properties": {
    "path": {
      "type": "string", "unit": "path", "required": true,
      "description": "The file to write. May hold strftime conversions, also for folders: %Y %y %m %d %j %H %M %S %F %T %R %G %V %u %a %b %s %z %%. Folders that are missing are made.",
      "examples": ["/var/lib/tidegate/archive/%Y-%m-%d.ndjson"]
    },
    "zone": {
      "type": "string", "enum": ["utc", "local"], "default": "utc",
      "description": "What the conversions in 'path' and 'rotation.at' count in."
    },
    "encoding": {
      "$ref": "tidegate:encoding", "default": {"type": "ndjson"},
      "description": "How samples are written; a payload that does not end with a newline gets one."
    },
    "acknowledge": {
      "type": "string", "enum": ["write", "fsync"], "default": "write",
      "description": "When samples count as delivered: once they are written (they survive the program), or once they are on the disk (they survive a power cut)."
    },
    "fsync_interval": {
      "type": "string", "unit": "duration", "default": "1s", "minimum": "0s", "maximum": "1m", "when": {"acknowledge": ["fsync"]},
      "description": "How long samples may wait for a common fsync. 0s: one for each delivery."
    },
    "rotation": {
      "type": "object", "default": {},
      "description": "When the file is renamed, to NAME.20261123T030508Z.EXTENSION (UTC), and a new one begun. Whichever limit comes first; none by default.",
      "properties": {
        "max_size": {"type": "string", "unit": "size", "minimum": "4KiB", "examples": ["100MiB"], "description": "Before the file would become larger."},
        "max_age": {"type": "string", "unit": "duration", "minimum": "1s", "examples": ["24h"], "description": "That long after its first sample."},
        "at": {"type": "string", "examples": ["00:00"], "description": "Daily at this time of day, in 'zone'."}
      }
    },
    "retention": {
      "type": "object", "default": {},
      "description": "When old files are deleted, the oldest first. Only regular files that this sink's 'path' could have named are ever touched. Kept for ever by default.",
      "properties": {
        "max_files": {"type": "integer", "minimum": 0, "examples": [30], "description": "Closed files that are kept."},
        "max_age": {"type": "string", "unit": "duration", "minimum": "1s", "examples": ["720h"], "description": "Since a file was last written."},
        "max_total_size": {"type": "string", "unit": "size", "minimum": "4KiB", "examples": ["2GiB"], "description": "All files together, with the one that is being written."}
      }
    },
    "compress": {
      "type": "string", "enum": ["none", "gzip", "zstd"], "default": "none",
      "description": "How closed files are compressed, in the background."
    },
    "mode": {
      "type": "string", "default": "0640", "examples": ["0644"],
      "description": "Permissions of new files, in octal and quoted. Folders that are made can be entered by whoever may read the files."
    }
  }
})";

}  // namespace tidegate::file_sink
