// What the sinks `mqtt` and `aws-iot` are configured with, read. A value.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "messages/compression.hpp"
#include "messages/message_plan.hpp"
#include "messages/topic_rules.hpp"
#include "mqtt/reason_codes.hpp"
#include "mqtt/reconnect_pace.hpp"
#include "tidegate/options.hpp"
#include "tls/credentials.hpp"
#include "tls/endpoint.hpp"

namespace tidegate::mqtt {

// Topics, payloads and what a message is recognised by are shared with other sinks.
using namespace messages;

struct will_settings {
  std::string topic;
  std::string payload;
  int qos = 0;
  bool retain = false;
};

// How the broker is reached.
struct connection_settings {
  std::string endpoint;
  std::uint16_t port = 1883;
  std::string client_id;
  mqtt::version version = version::v5;
  bool clean_start = true;
  std::uint32_t session_expiry = 0;  // seconds; MQTT 5
  std::string username;
  std::string password;  // a secret
  std::chrono::seconds keep_alive{60};
  std::chrono::milliseconds connect_timeout{10'000};
  std::optional<std::string> websocket_path;  // set: MQTT over WebSocket
  bool uses_tls = false;
  tls::file_names files;
  std::string alpn;
  std::string cipher_suites;
  std::optional<will_settings> will;
  pace_limits pace;
  bool is_aws = false;

  std::string at() const { return tls::address_text(endpoint, port); }
};

// What every message has.
struct message_settings {
  int qos = 1;
  bool retain = false;
  bool has_id = false;
  std::string content_type;  // the following with MQTT 5 only
  std::vector<std::pair<std::string, std::string>> user_properties;
  std::uint32_t expiry = 0;  // seconds; 0: never
  compression compress = compression::none;
};

struct rate_limits {
  std::uint64_t messages = 0;  // a second; 0: no limit
  std::uint64_t bytes = 0;
  std::uint32_t in_flight = 100;
};

struct settings {
  connection_settings connection;
  message_settings message;
  message_limits payload;
  rate_limits rate;
  std::chrono::nanoseconds timeout{};
  std::string topic;
  std::string basic_ingest;  // the name of a rule, or empty
  topic_rules rules;
  std::string gateway;
};

// Which of the two sinks reads.
enum class flavour { mqtt, aws_iot };

// Throws tidegate::error, configuration, with the option that is wrong.
settings read_settings(const options& given, std::string_view gateway_id, flavour of);

}  // namespace tidegate::mqtt
