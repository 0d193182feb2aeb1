// The sink `aws-iot`: publishes to AWS IoT Core, and asks for nothing that AWS refuses.
#pragma once

#include "joined_text.hpp"
#include "messages/aws_schema.hpp"
#include "mqtt/publisher.hpp"
#include "mqtt/schema.hpp"

namespace tidegate::mqtt {

inline constexpr std::string_view aws_port_end = R"(", "default": 8883},
    "qos": {
      "type": "integer", "enum": [0, 1], "default": 1,
      "description": "0: delivered is what was handed to the network. 1: what AWS has acknowledged. There is no 2."
    },)";
inline constexpr std::string_view aws_keep_alive = R"(,
    "keep_alive": {
      "type": "string", "unit": "duration", "default": "60s", "minimum": "30s", "maximum": "20m",
      "description": "After so long without traffic the broker is asked whether it is still there. Some networks forget a quiet connection within a minute."
    },)";
inline constexpr std::string_view aws_limits =
    "What AWS takes of one connection. It discards what is beyond, without a word.";
inline constexpr std::string_view aws_messages_end = R"(", "default": 100, "maximum": 100},)";
inline constexpr std::string_view aws_bytes_end = R"(", "default": "512KiB", "maximum": "512KiB"},
        "in_flight": {"type": "integer", "default": 100, "minimum": 1, "maximum": 100, "description": "Messages that are not acknowledged yet."})";
inline constexpr std::string_view aws_alpn =
    R"(The application protocol to ask for; if not given x-amzn-mqtt-ca on port 443, and none elsewhere. A custom authorizer wants mqtt.", "examples": ["mqtt"]})";

class aws_iot_sink : public publisher {
 public:
  static constexpr component info{
      .name = "aws-iot",
      .summary = "Publishes samples to AWS IoT Core over MQTT with a client certificate.",
      .options =
          joined_text<schema::begin, schema::aws_endpoint, schema::next, schema::aws_port, aws_port_end,
                      schema::basic_ingest, aws_keep_alive, schema::message_max_size, schema::aws_size_end,
                      schema::limits, aws_limits, schema::limits_properties, schema::messages_per_second,
                      aws_messages_end, schema::bytes_per_second, aws_bytes_end, schema::limits_end,
                      schema::next, schema::aws_tls, tls::schema::files, tls::schema::files_end,
                      tls::schema::alpn, aws_alpn, tls::schema::end, shared_schema, schema::end>::value};

  aws_iot_sink(sink_host host, const options& given) : publisher{host, given, flavour::aws_iot} {}
};

}  // namespace tidegate::mqtt
