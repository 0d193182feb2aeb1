// The sink `aws-iot-http`: publishes to AWS IoT Core by HTTPS with a client certificate.
#pragma once

#include "http/poster.hpp"
#include "http/schema.hpp"
#include "joined_text.hpp"

namespace tidegate::http {

inline constexpr std::string_view aws_schema = R"(
    "endpoint": {
      "type": "string", "required": true, "examples": ["xxxxxxxx-ats.iot.ap-northeast-1.amazonaws.com"],
      "description": "The account's device data endpoint: what 'aws iot describe-endpoint --endpoint-type iot:Data-ATS' prints."
    },
    "port": {
      "type": "integer", "minimum": 1, "maximum": 65535, "default": 8443, "examples": [443],
      "description": "8443, or 443, which firewalls let through more often; there the ALPN that AWS wants is set by itself."
    },
    "topic": {
      "type": "string", "required": true, "examples": ["Ubuntu/{name}"],
      "description": "The topic of each sample. {name} is the name of its series, {tags.KEY} a tag, {tags.KEY:-text} with a text for those without, {gateway} the gateway's id. A '/', '+' or '#' in a value becomes '_'."
    },
    "qos": {
      "type": "integer", "enum": [0, 1], "default": 1,
      "description": "With which AWS publishes the message to those who have subscribed. Delivered is in any case what AWS has acknowledged."
    },
    "retain": {
      "type": "boolean", "default": false,
      "description": "Let AWS keep the last message of each topic for those who subscribe later."
    },
    "basic_ingest": {
      "type": "string", "examples": ["store_telemetry"],
      "description": "The name of a rule: messages go straight to it, as $aws/rules/NAME/TOPIC, without the cost of the broker; nobody can subscribe to them."
    },
    "message_expiry": {
      "type": "string", "unit": "duration", "minimum": "1s", "maximum": "168h", "examples": ["1h"],
      "description": "How long AWS keeps a message for a subscriber who is away; if not given, for ever."
    },
    "user_properties": {
      "additionalProperties": {"type": "string"}, "examples": [{"site": "tokyo-1"}],
      "description": "Names and values that each message bears, for subscribers with MQTT 5."
    },
    "message_id": {
      "type": "boolean", "default": false,
      "description": "Give each message a user property message_id, made of its topic and content: a message that is sent again has the same, so that a consumer can drop it."
    },
    "encoding": {
      "$ref": "tidegate:encoding", "default": {"type": "json"},
      "description": "How samples become the payload of a message."
    },
    "samples_per_message": {
      "type": "integer", "default": 1, "minimum": 1, "maximum": 100000,
      "description": "How many samples of one topic a message has at most; never more than 'batch' lets come together. With 1, JSON is an object; with more, an array of objects."
    },
    "message_max_size": {
      "type": "string", "unit": "size", "default": "128KiB", "minimum": "64B", "maximum": "128KiB",
      "description": "A payload is not larger: samples that do not fit go into another message, and one that does not fit alone is rejected."
    },
    "batch": {
      "description": "How many samples this sink is handed at a time; samples_per_message cannot be more than max_samples.",
      "properties": {"max_samples": {"type": "integer", "default": 500, "minimum": 1, "description": "Samples of one delivery."}}
    },
    "max_connections": {
      "type": "integer", "default": 4, "minimum": 1, "maximum": 32,
      "description": "Connections, each with one message under way. With more than one, messages may arrive in another order, which AWS does not promise anyway."
    },
    "tls": {
      "type": "object", "required": true,
      "description": "The files that AWS gives with a thing. TLS 1.2 or 1.3 with AWS's cipher suites; the host name is verified and sent (SNI).",
      "properties": {)";

inline constexpr std::string_view aws_tls_end = R"(
        "alpn": {"type": "string", "examples": ["x-amzn-http-ca"], "description": "The application protocol to ask for; if not given x-amzn-http-ca on port 443, and none elsewhere."}
      }
    })";

class aws_iot_http_sink : public poster {
 public:
  static constexpr component info{
      .name = "aws-iot-http",
      .summary = "Publishes samples to AWS IoT Core over HTTPS with a client certificate.",
      .options =
          joined_text<schema_begin, aws_schema, tls_members, aws_tls_end, shared_schema, schema_end>::value};

  aws_iot_http_sink(sink_host host, const options& given) : poster{host, given, flavour::aws_iot} {}
};

}  // namespace tidegate::http
