// The options that `mqtt` and `aws-iot` have in common (sdk/OPTIONS.md): members of an object, without its
// braces. What sinks for other protocols have as well is in messages/schema.hpp.
#pragma once

#include <string_view>

#include "joined_text.hpp"
#include "messages/schema.hpp"
#include "tls/schema.hpp"

namespace tidegate::mqtt {

namespace schema = messages::schema;

inline constexpr std::string_view client_id_option = R"(,
    "client_id": {
      "type": "string", "examples": ["PC-0001"],
      "description": "What the broker knows this connection by; the gateway's id if it is not given. No two connections of one broker may have the same."
    },)";
inline constexpr std::string_view connection_options = R"( {client_id} is the client id."},
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
    },)";
inline constexpr std::string_view with_5_only = R"(", "when": {"version": ["5"]}},)";
inline constexpr std::string_view will_option = R"(
    "will": {
      "type": "object",
      "description": "The last will: what the broker publishes when this connection ends without a farewell.",
      "properties": {
        "topic": {"type": "string", "required": true, "examples": ["status/{client_id}"], "description": "May hold {gateway} and {client_id}."},
        "payload": {"type": "string", "default": "offline", "description": "The message."},
        "qos": {"type": "integer", "enum": [0, 1, 2], "default": 1, "description": "Its quality of service."},
        "retain": {"type": "boolean", "default": false, "description": "Let the broker keep it."}
      }
    },)";
inline constexpr std::string_view encoding_end = R"(", "default": {"type": "json"}},)";
inline constexpr std::string_view samples_end =
    R"( They are of one topic. With 1, JSON is an object; with more, an array of objects.", "default": 1},)";
inline constexpr std::string_view compression_end =
    R"( With MQTT 5 a user property content-encoding says so."},)";
inline constexpr std::string_view batch_end = R"(", "default": 500}}})";

// Behind those of the sink itself.
inline constexpr std::string_view shared_schema =
    joined_text<client_id_option, schema::topic, connection_options, schema::retry, schema::next,
                schema::retain, schema::next, schema::content_type, with_5_only, schema::user_properties,
                with_5_only, schema::message_expiry, with_5_only, schema::message_id, with_5_only,
                will_option, schema::encoding, encoding_end, schema::samples_per_message, samples_end,
                schema::compression, compression_end, schema::batch, batch_end>::value;

}  // namespace tidegate::mqtt
