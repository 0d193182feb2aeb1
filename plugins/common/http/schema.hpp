// The options that `http` and `aws-iot-http` have in common (sdk/OPTIONS.md): members of an object, without
// its braces. What sinks for other protocols have as well is in messages/schema.hpp.
#pragma once

#include <string_view>

#include "joined_text.hpp"
#include "messages/schema.hpp"
#include "tls/schema.hpp"

namespace tidegate::http {

namespace schema = messages::schema;

inline constexpr std::string_view connection_options = R"(
    "connect_timeout": {
      "type": "string", "unit": "duration", "default": "10s", "minimum": "100ms", "maximum": "2m",
      "description": "How long it may take until there is a connection, with name, proxy and TLS."
    },
    "timeout": {
      "type": "string", "unit": "duration", "default": "30s", "minimum": "100ms", "maximum": "10m",
      "description": "How long a request may take until the whole answer is there."
    },
    "idle_timeout": {
      "type": "string", "unit": "duration", "default": "30s", "minimum": "100ms", "maximum": "1h",
      "description": "After so long without a request a connection is closed. Less than the server's own limit, or now and then a request meets a connection that is being closed."
    },
    "response_max_size": {
      "type": "string", "unit": "size", "default": "64KiB", "minimum": "1KiB", "maximum": "16MiB",
      "description": "How much of an answer is read."
    },)";
inline constexpr std::string_view limits_are = "What is sent at most. A request is one message.";
inline constexpr std::string_view proxy_option = R"(,
    "proxy": {
      "type": "object",
      "description": "An HTTP proxy through which the server is reached (CONNECT). It sees the host's name and what is encrypted.",
      "properties": {
        "endpoint": {"type": "string", "required": true, "examples": ["proxy.example"], "description": "Its host name or address."},
        "port": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 3128, "description": "Its port."},
        "username": {"type": "string", "description": "If the proxy wants one."},
        "password": {"type": "string", "secret": true, "examples": ["${credential:proxy}"], "description": "Of the user."}
      }
    },)";

// Behind those of the sink itself.
inline constexpr std::string_view shared_schema =
    joined_text<schema::next, schema::content_type, schema::more_members, schema::compression,
                schema::more_members, connection_options, schema::limits, limits_are,
                schema::limits_properties, schema::messages_per_second, schema::more_members,
                schema::bytes_per_second, schema::nothing_more, schema::limits_end, proxy_option,
                schema::retry>::value;

}  // namespace tidegate::http
