// The options that `mqtt` and `aws-iot` have in common (sdk/OPTIONS.md): members of an object, without its
// braces.
#pragma once

#include <string_view>

namespace tidegate::mqtt {

inline constexpr std::string_view schema_begin = R"({"properties": {
)";
inline constexpr std::string_view schema_end = R"(
}})";

// Behind those of the sink itself.
inline constexpr std::string_view shared_schema = R"(,
    "client_id": {
      "type": "string", "examples": ["PC-0001"],
      "description": "What the broker knows this connection by; the gateway's id if it is not given. No two connections of one broker may have the same."
    },
    "topic": {
      "type": "string", "required": true, "examples": ["Ubuntu/{name}"],
      "description": "The topic of each sample. {name} is the name of its series, {tags.KEY} a tag, {tags.KEY:-text} with a text for those without, {gateway} and {client_id} these ids. A '/', '+' or '#' in a value becomes '_'."
    },
    "version": {
      "type": "string", "enum": ["5", "3.1.1"], "default": "5",
      "description": "Of MQTT. Only 5 lets a broker say why it refuses a message."
    },
    "clean_start": {
      "type": "boolean", "default": true,
      "description": "Begin each connection without what the broker may remember of the last one. What was not acknowledged is sent again in any case."
    },
    "session_expiry": {
      "type": "string", "unit": "duration", "default": "0s", "minimum": "0s", "maximum": "168h", "when": {"version": ["5"]},
      "description": "How long the broker keeps the session after the connection has ended."
    },
    "username": {"type": "string", "description": "If the broker wants one."},
    "password": {"type": "string", "secret": true, "examples": ["${credential:mqtt}"], "description": "Of the user."},
    "connect_timeout": {
      "type": "string", "unit": "duration", "default": "10s", "minimum": "1s", "maximum": "2m",
      "description": "How long each step may take until the broker has taken the connection."
    },
    "timeout": {
      "type": "string", "unit": "duration", "default": "20s", "minimum": "1s", "maximum": "10m",
      "description": "How long an acknowledgement may take. After that the connection counts as dead, and is made anew."
    },
    "stable_after": {
      "type": "string", "unit": "duration", "default": "20s", "minimum": "0s", "maximum": "1h",
      "description": "How long a connection must have been up for the delays of 'retry' to begin again with 'min'."
    },
    "retry": {
      "type": "object", "default": {},
      "description": "Delays between tries to connect: drawn between zero and a bound that doubles from min to max.",
      "properties": {
        "min": {"type": "string", "unit": "duration", "default": "1s", "minimum": "1ms", "description": "The first bound."},
        "max": {"type": "string", "unit": "duration", "default": "2m", "minimum": "1ms", "description": "The last bound, and the delay after a refusal that only a human can mend."}
      }
    },
    "retain": {
      "type": "boolean", "default": false,
      "description": "Let the broker keep the last message of each topic for those who subscribe later."
    },
    "content_type": {
      "type": "string", "when": {"version": ["5"]}, "examples": ["application/json"],
      "description": "Of each message; that of the encoding if it is not given."
    },
    "user_properties": {
      "additionalProperties": {"type": "string"}, "when": {"version": ["5"]}, "examples": [{"site": "tokyo-1"}],
      "description": "Names and values that each message bears."
    },
    "message_expiry": {
      "type": "string", "unit": "duration", "minimum": "1s", "maximum": "168h", "when": {"version": ["5"]}, "examples": ["1h"],
      "description": "How long the broker keeps a message for a subscriber who is away; if not given, for ever."
    },
    "message_id": {
      "type": "boolean", "default": false, "when": {"version": ["5"]},
      "description": "Give each message a user property message_id, made of its topic and content: a message that is sent again has the same, so that a consumer can drop it."
    },
    "will": {
      "type": "object",
      "description": "The last will: what the broker publishes when this connection ends without a farewell.",
      "properties": {
        "topic": {"type": "string", "required": true, "examples": ["status/{client_id}"], "description": "May hold {gateway} and {client_id}."},
        "payload": {"type": "string", "default": "offline", "description": "The message."},
        "qos": {"type": "integer", "enum": [0, 1, 2], "default": 1, "description": "Its quality of service."},
        "retain": {"type": "boolean", "default": false, "description": "Let the broker keep it."}
      }
    },
    "encoding": {
      "$ref": "tidegate:encoding", "default": {"type": "json"},
      "description": "How samples become the payload of a message."
    },
    "samples_per_message": {
      "type": "integer", "default": 1, "minimum": 1, "maximum": 100000,
      "description": "How many samples of one topic a message has at most; never more than 'batch' lets come together. With 1, JSON is an object; with more, an array of objects."
    },
    "compression": {
      "type": "string", "enum": ["none", "gzip", "zstd"], "default": "none",
      "description": "Of payloads. With MQTT 5 a user property content-encoding says so."
    },
    "batch": {
      "description": "How many samples this sink is handed at a time; samples_per_message cannot be more than max_samples.",
      "properties": {"max_samples": {"type": "integer", "default": 500, "minimum": 1, "description": "Samples of one delivery."}}
    })";

inline constexpr std::string_view tls_members = R"(
        "ca": {"type": "string", "unit": "path", "examples": ["root.pem"], "description": "Certificates (PEM, several may stand in one file) by one of which the broker's must be signed; if not given, those that this machine trusts."},
        "certificate": {"type": "string", "unit": "path", "examples": ["certificate.pem.crt"], "description": "The client's certificate (PEM), with those between it and the CA behind it. Read anew when the file changes."},
        "key": {"type": "string", "unit": "path", "examples": ["private.pem.key"], "description": "Its private key (PEM). Nobody but the daemon's user may be able to read it."},
        "key_passphrase": {"type": "string", "secret": true, "examples": ["${credential:key}"], "description": "If the key is encrypted."},
)";

}  // namespace tidegate::mqtt
