// What the tests of plugins/common/http share: options as the host gives them, and a sender that only writes
// down what it is asked to send.
#pragma once

#include <string>
#include <vector>

#include "../sinks/support.hpp"
#include "http/outbox.hpp"
#include "http/settings.hpp"

namespace tidegate::testing {

using namespace std::chrono_literals;

// The options of both sinks, with the defaults of their schemas; where these differ, those of `http`.
struct http_options {
  option_value url = "https://x.example/in";
  option_value allow_plain = false;
  option_value method = "POST";
  option_value headers = nullptr;
  option_value username = nullptr;
  option_value password = nullptr;
  option_value bearer_token = nullptr;
  option_value bearer_token_file = nullptr;
  option_value idempotency_header = nullptr;
  option_value content_type = nullptr;
  option_value compression = "none";
  option_value encoding = map({{"type", "ndjson"}});
  option_value samples_per_message = 1000;
  option_value message_max_size = 1024 * 1024;
  option_value batch = map({{"max_samples", 1000}});
  option_value max_connections = 1;
  option_value tls = nullptr;
  option_value proxy = nullptr;
  option_value limits = map({{"messages_per_second", nullptr}, {"bytes_per_second", nullptr}});
  // of aws-iot-http
  option_value endpoint = "a.example";
  option_value port = 8443;
  option_value topic = "t/{name}";
  option_value qos = 1;
  option_value retain = false;
  option_value basic_ingest = nullptr;
  option_value message_expiry = nullptr;
  option_value user_properties = nullptr;
  option_value message_id = false;

  option_map options() const {
    return options_of({{"url", url},
                       {"allow_plain", allow_plain},
                       {"method", method},
                       {"headers", headers},
                       {"username", username},
                       {"password", password},
                       {"bearer_token", bearer_token},
                       {"bearer_token_file", bearer_token_file},
                       {"idempotency_header", idempotency_header},
                       {"content_type", content_type},
                       {"compression", compression},
                       {"encoding", encoding},
                       {"samples_per_message", samples_per_message},
                       {"message_max_size", message_max_size},
                       {"batch", batch},
                       {"max_connections", max_connections},
                       {"tls", tls},
                       {"proxy", proxy},
                       {"limits", limits},
                       {"connect_timeout", 10s},
                       {"timeout", 30s},
                       {"idle_timeout", 30s},
                       {"response_max_size", 65536},
                       {"retry", map({{"min", 1s}, {"max", 120s}})},
                       {"endpoint", endpoint},
                       {"port", port},
                       {"topic", topic},
                       {"qos", qos},
                       {"retain", retain},
                       {"basic_ingest", basic_ingest},
                       {"message_expiry", message_expiry},
                       {"user_properties", user_properties},
                       {"message_id", message_id}});
  }
};

inline http::settings settings_of(const http_options& given, http::flavour of = http::flavour::http) {
  const auto tree = given.options();
  return http::read_settings(tree.options(), "PC-0001", of);
}

// Samples of series "cpu", or of the names given, with a field n.
inline void add_sample(batch_builder& to, const std::string& name, std::int64_t n,
                       std::vector<tag_view> tags = {}) {
  to.sample(to.series(name, tags), 0).field("n", n);
}

class recording_sender final : public http::sender {
 public:
  struct sent {
    std::uint32_t slot;
    std::string head;
    std::string body;
  };
  void send(std::uint32_t slot, std::string bytes) override {
    const auto end = bytes.find("\r\n\r\n");
    all.push_back({slot, bytes.substr(0, end), bytes.substr(end + 4)});
  }
  std::vector<sent> all;
};

}  // namespace tidegate::testing
