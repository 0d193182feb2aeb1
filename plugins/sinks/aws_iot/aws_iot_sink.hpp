// The sink `aws-iot`: publishes to AWS IoT Core, and asks for nothing that AWS refuses.
#pragma once

#include "joined_text.hpp"
#include "mqtt/publisher.hpp"
#include "mqtt/schema.hpp"

namespace tidegate::mqtt {

inline constexpr std::string_view aws_schema = R"(
    "endpoint": {
      "type": "string", "required": true, "examples": ["xxxxxxxx-ats.iot.ap-northeast-1.amazonaws.com"],
      "description": "The account's device data endpoint: what 'aws iot describe-endpoint --endpoint-type iot:Data-ATS' prints."
    },
    "port": {
      "type": "integer", "minimum": 1, "maximum": 65535, "default": 8883, "examples": [443],
      "description": "8883, or 443, which firewalls let through more often; there the ALPN that AWS wants is set by itself."
    },
    "qos": {
      "type": "integer", "enum": [0, 1], "default": 1,
      "description": "0: delivered is what was handed to the network. 1: what AWS has acknowledged. There is no 2."
    },
    "basic_ingest": {
      "type": "string", "examples": ["store_telemetry"],
      "description": "The name of a rule: messages go straight to it, as $aws/rules/NAME/TOPIC, without the cost of the broker; nobody can subscribe to them."
    },
    "keep_alive": {
      "type": "string", "unit": "duration", "default": "60s", "minimum": "30s", "maximum": "20m",
      "description": "After so long without traffic the broker is asked whether it is still there. Some networks forget a quiet connection within a minute."
    },
    "message_max_size": {
      "type": "string", "unit": "size", "default": "128KiB", "minimum": "64B", "maximum": "128KiB",
      "description": "A payload is not larger: samples that do not fit go into another message, and one that does not fit alone is rejected."
    },
    "limits": {
      "type": "object", "default": {},
      "description": "What AWS takes of one connection. It discards what is beyond, without a word.",
      "properties": {
        "messages_per_second": {"type": "integer", "default": 100, "minimum": 1, "maximum": 100, "description": "In any second; they go evenly, a twentieth at once and nine tenths in the long run."},
        "bytes_per_second": {"type": "string", "unit": "size", "default": "512KiB", "minimum": "1KiB", "maximum": "512KiB", "description": "Of payloads, in the long run; a second's worth may go at once."},
        "in_flight": {"type": "integer", "default": 100, "minimum": 1, "maximum": 100, "description": "Messages that are not acknowledged yet."}
      }
    },
    "tls": {
      "type": "object", "required": true,
      "description": "The files that AWS gives with a thing. TLS 1.2 or 1.3 with AWS's cipher suites; the host name is verified and sent (SNI).",
      "properties": {)";

inline constexpr std::string_view aws_tls_end = R"(
        "alpn": {"type": "string", "examples": ["mqtt"], "description": "The application protocol to ask for; if not given x-amzn-mqtt-ca on port 443, and none elsewhere. A custom authorizer wants mqtt."}
      }
    })";

class aws_iot_sink : public publisher {
 public:
  static constexpr component info{
      .name = "aws-iot",
      .summary = "Publishes samples to AWS IoT Core over MQTT with a client certificate.",
      .options =
          joined_text<schema_begin, aws_schema, tls_members, aws_tls_end, shared_schema, schema_end>::value};

  aws_iot_sink(sink_host host, const options& given) : publisher{host, given, flavour::aws_iot} {}
};

}  // namespace tidegate::mqtt
