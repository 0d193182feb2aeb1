// The sink `mqtt`: publishes to any broker that speaks MQTT 3.1.1 or 5.
#pragma once

#include "joined_text.hpp"
#include "mqtt/publisher.hpp"
#include "mqtt/schema.hpp"

namespace tidegate::mqtt {

inline constexpr std::string_view any_broker_schema = R"(
    "endpoint": {
      "type": "string", "required": true, "examples": ["broker.example"],
      "description": "The broker: a host name, or an address. With 'tls' its certificate must be for this name."
    },
    "port": {
      "type": "integer", "minimum": 1, "maximum": 65535, "examples": [8883],
      "description": "Its port; if not given 1883, with 'tls' 8883, over WebSocket 80 and 443."
    },
    "transport": {
      "type": "string", "enum": ["tcp", "websocket"], "default": "tcp",
      "description": "How MQTT is carried. Over TLS, if 'tls' is given."
    },
    "websocket_path": {
      "type": "string", "default": "/mqtt", "when": {"transport": ["websocket"]},
      "description": "The path of the URL under which the broker has its WebSocket."
    },
    "qos": {
      "type": "integer", "enum": [0, 1, 2], "default": 1,
      "description": "0: delivered is what was handed to the network. 1: what the broker has acknowledged, and may have twice. 2: what it has acknowledged, once."
    },
    "keep_alive": {
      "type": "string", "unit": "duration", "default": "60s", "minimum": "5s", "maximum": "18h",
      "description": "After so long without traffic the broker is asked whether it is still there."
    },)";
inline constexpr std::string_view any_broker_size_end =
    R"( What the broker says of itself (MQTT 5) counts as well.", "default": "256KiB", "maximum": "255MiB"},)";
inline constexpr std::string_view any_broker_limits = "What is sent at most.";
inline constexpr std::string_view any_broker_in_flight = R"("},
        "in_flight": {"type": "integer", "default": 100, "minimum": 1, "maximum": 200, "description": "Messages that are not acknowledged yet."})";
inline constexpr std::string_view any_broker_tls = R"(,
    "tls": {
      "type": "object",
      "description": "TLS 1.2 or 1.3, if it is given. The broker's certificate and its host name are always verified.",
      "properties": {)";
inline constexpr std::string_view any_broker_alpn =
    R"(An application protocol to ask for; none if it is not given.", "examples": ["mqtt"]})";

class mqtt_sink : public publisher {
 public:
  static constexpr component info{
      .name = "mqtt",
      .summary = "Publishes samples to an MQTT broker, over TCP, TLS or WebSocket.",
      .options = joined_text<schema::begin, any_broker_schema, schema::message_max_size, any_broker_size_end,
                             schema::limits, any_broker_limits, schema::limits_properties,
                             schema::messages_per_second, schema::more_members, schema::bytes_per_second,
                             any_broker_in_flight, schema::limits_end, any_broker_tls, tls::schema::files,
                             tls::schema::files_end, tls::schema::alpn, any_broker_alpn, tls::schema::end,
                             shared_schema, schema::end>::value};

  mqtt_sink(sink_host host, const options& given) : publisher{host, given, flavour::mqtt} {}
};

}  // namespace tidegate::mqtt
