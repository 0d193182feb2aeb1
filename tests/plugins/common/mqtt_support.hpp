// What the tests of plugins/common/mqtt share: options as the host gives them, samples, and a connection that
// only writes down what it is asked to send.
#pragma once

#include <deque>
#include <set>
#include <string>
#include <vector>

#include "../sinks/support.hpp"
#include "mqtt/outbox.hpp"
#include "mqtt/settings.hpp"

namespace tidegate::testing {

using namespace std::chrono_literals;

// The options of both sinks, with the defaults of their schemas.
struct mqtt_options {
  option_value endpoint = "broker.example";
  option_value port = nullptr;
  option_value transport = "tcp";
  option_value websocket_path = nullptr;
  option_value client_id = nullptr;
  option_value topic = "t/{name}";
  option_value basic_ingest = nullptr;
  option_value qos = 1;
  option_value clean_start = true;
  option_value retry = map({{"min", 1s}, {"max", 120s}});
  option_value version = "5";
  option_value username = nullptr;
  option_value password = nullptr;
  option_value retain = false;
  option_value will = nullptr;
  option_value tls = nullptr;
  option_value encoding = map({{"type", "ndjson"}});
  option_value samples_per_message = 1;
  option_value message_max_size = 128 * 1024;
  option_value compression = "none";
  option_value batch = map({{"max_samples", 500}});
  option_value limits =
      map({{"messages_per_second", nullptr}, {"bytes_per_second", nullptr}, {"in_flight", 100}});

  option_map options() const {
    return options_of({{"endpoint", endpoint},
                       {"port", port},
                       {"transport", transport},
                       {"websocket_path", websocket_path},
                       {"client_id", client_id},
                       {"topic", topic},
                       {"basic_ingest", basic_ingest},
                       {"qos", qos},
                       {"version", version},
                       {"clean_start", clean_start},
                       {"session_expiry", 0s},
                       {"username", username},
                       {"password", password},
                       {"keep_alive", 60s},
                       {"connect_timeout", 10s},
                       {"timeout", 20s},
                       {"stable_after", 20s},
                       {"retry", retry},
                       {"retain", retain},
                       {"content_type", nullptr},
                       {"user_properties", nullptr},
                       {"message_expiry", nullptr},
                       {"message_id", false},
                       {"will", will},
                       {"tls", tls},
                       {"encoding", encoding},
                       {"samples_per_message", samples_per_message},
                       {"message_max_size", message_max_size},
                       {"compression", compression},
                       {"batch", batch},
                       {"limits", limits}});
  }
};

inline mqtt::settings settings_of(const mqtt_options& given, mqtt::flavour of = mqtt::flavour::mqtt) {
  const auto tree = given.options();
  return mqtt::read_settings(tree.options(), "PC-0001", of);
}

// Samples of series "cpu", or of the names given, with a field n.
inline void add_sample(batch_builder& to, const std::string& name, std::int64_t n,
                       std::vector<tag_view> tags = {}) {
  to.sample(to.series(name, tags), 0).field("n", n);
}

class recording_sender final : public mqtt::sender {
 public:
  struct sent {
    std::uint32_t slot;
    std::string topic;
    std::string payload;
    bool operator==(const sent&) const = default;
  };
  bool send(const mqtt::outgoing& what) override {
    if (fails) return false;
    all.push_back({what.slot, what.topic, std::string{what.payload}});
    return true;
  }
  std::vector<std::string> payloads() const {
    std::vector<std::string> made;
    for (const auto& each : all) made.push_back(each.payload);
    return made;
  }

  std::vector<sent> all;
  bool fails = false;
};

}  // namespace tidegate::testing
