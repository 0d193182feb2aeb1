// The options that sinks for AWS IoT Core have in common, in the form of schema.hpp.
#pragma once

#include <string_view>

namespace tidegate::messages::schema {

inline constexpr std::string_view aws_endpoint = R"(
    "endpoint": {
      "type": "string", "required": true, "examples": ["xxxxxxxx-ats.iot.ap-northeast-1.amazonaws.com"],
      "description": "The account's device data endpoint: what 'aws iot describe-endpoint --endpoint-type iot:Data-ATS' prints."
    })";

inline constexpr std::string_view aws_port = R"(
    "port": {
      "type": "integer", "minimum": 1, "maximum": 65535, "examples": [443],
      "description": "The default, or 443, which firewalls let through more often; there the ALPN that AWS wants is set by itself.)";

inline constexpr std::string_view basic_ingest = R"(
    "basic_ingest": {
      "type": "string", "examples": ["store_telemetry"],
      "description": "The name of a rule: messages go straight to it, as $aws/rules/NAME/TOPIC, without the cost of the broker; nobody can subscribe to them."
    })";

// Ends message_max_size.
inline constexpr std::string_view aws_size_end = R"(", "default": "128KiB", "maximum": "128KiB"},)";

// The members follow.
inline constexpr std::string_view aws_tls = R"(
    "tls": {
      "type": "object", "required": true,
      "description": "The files that AWS gives with a thing. TLS 1.2 or 1.3 with AWS's cipher suites; the host name is verified and sent (SNI).",
      "properties": {)";

}  // namespace tidegate::messages::schema
