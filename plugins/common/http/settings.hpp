// What the sinks `http` and `aws-iot-http` are configured with, read. A value.
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
#include "tidegate/options.hpp"
#include "tls/credentials.hpp"
#include "tls/endpoint.hpp"
#include "tls/failure.hpp"

namespace tidegate::http {

using namespace messages;

// Which of the two sinks reads.
enum class flavour { http, aws_iot };

struct proxy_settings {
  std::string host;
  std::uint16_t port = 0;
  std::string authorization;  // the value of the header, a secret; empty: none

  std::string at() const { return tls::address_text(host, port); }
};

// How the server is reached.
struct server_settings {
  std::string host;
  std::uint16_t port = 443;
  bool uses_tls = true;
  bool is_aws = false;
  tls::file_names files;
  std::string alpn;
  std::string cipher_suites;
  std::optional<proxy_settings> proxy;
  std::uint32_t connections_max = 1;
  // Requests that are made ahead for each, so that it finds the next one ready, and how many bytes they may
  // have together before it is one alone.
  std::uint32_t ahead_max = 16;
  std::size_t ahead_bytes_max = 256 * 1024;
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds timeout{30'000};
  std::chrono::milliseconds idle_timeout{30'000};
  std::size_t response_bytes_max = 64 * 1024;

  std::string at() const { return tls::address_text(host, port); }
  // For messages, and with credentials for contexts of TLS.
  tls::target target() const;
};

// What every request has.
struct request_settings {
  std::string method = "POST";
  std::string host;  // of the header
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type;   // empty: the encoding's
  std::string authorization;  // the value of the header, a secret; empty: none
  std::string password;       // what of it is one, as it was given
  std::string bearer_file;    // where the token is read from instead
  std::string id_header;      // for an idempotency key; empty: none
  compression compress = compression::none;
};

// Of AWS IoT Core: what is said of a message.
struct aws_settings {
  int qos = 1;
  bool retain = false;
  bool has_id = false;
  std::string topic_prefix;  // "$aws/rules/NAME/", or empty
  std::vector<std::pair<std::string, std::string>> user_properties;
  std::uint32_t expiry = 0;  // seconds; 0: never
};

struct rate_limits {
  std::uint64_t messages = 0;  // a second, which are requests; 0: no limit
  std::uint64_t bytes = 0;
};

struct settings {
  server_settings server;
  request_settings request;
  aws_settings aws;
  message_limits payload;
  rate_limits rate;
  std::string path;  // the template of the path, or of the topic
  topic_rules rules;
  std::string gateway;
  std::chrono::nanoseconds pause_max{};  // how long a sink waits that only a human can help
};

// Throws tidegate::error, configuration, with the option that is wrong.
settings read_settings(const options& given, std::string_view gateway_id, flavour of);

}  // namespace tidegate::http
