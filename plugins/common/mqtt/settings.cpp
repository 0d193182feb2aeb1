#include "mqtt/settings.hpp"

#include <algorithm>

#include "messages/topic_template.hpp"
#include "tls/cipher_suites.hpp"

namespace tidegate::mqtt {
namespace {

constexpr std::uint16_t port_plain = 1883;
constexpr std::uint16_t port_tls = 8883;
constexpr std::uint16_t port_https = 443;
constexpr std::string_view alpn_of_aws = "x-amzn-mqtt-ca";
// Mosquitto sits on messages of QoS 2 that are more than its own limit, of which MQTT 3.1.1 cannot tell us.
constexpr std::uint32_t in_flight_max_of_old_qos_2 = 20;
constexpr std::size_t client_id_bytes_max_of_aws = 128;
constexpr std::size_t payload_bytes_max_of_aws = 128 * 1024;

std::string text_or(const options& given, const char* name, const std::string& otherwise) {
  return given.has(name) ? given[name].string() : otherwise;
}

template <class Duration>
Duration rounded_up(const options& given) {
  return std::chrono::ceil<Duration>(given.duration());
}

tls::file_names read_files(const options& given) {
  tls::file_names files{text_or(given, "ca", {}), text_or(given, "certificate", {}),
                        text_or(given, "key", {}), text_or(given, "key_passphrase", {})};
  if (files.certificate.empty() && !files.key.empty())
    throw configuration_error("tls.key", "is given without tls.certificate; give both or none");
  if (files.key.empty() && !files.certificate.empty())
    throw configuration_error("tls.certificate", "is given without tls.key; give both or none");
  return files;
}

void read_tls(connection_settings& into, const options& given) {
  const auto tls = given["tls"];
  into.uses_tls = true;
  into.files = read_files(tls);
  into.cipher_suites = into.is_aws ? tls::aws_cipher_suites : tls::modern_cipher_suites;
  const bool needs_alpn = into.is_aws && into.port == port_https;
  into.alpn = text_or(tls, "alpn", needs_alpn ? std::string{alpn_of_aws} : "");
  if (into.alpn.size() > 255)
    throw configuration_error("tls.alpn", "is longer than the 255 bytes that TLS allows");
}

void read_port(connection_settings& into, const options& given) {
  const bool uses_tls = given.has("tls");
  into.port = uses_tls ? port_tls : port_plain;
  if (into.websocket_path) into.port = uses_tls ? port_https : 80;
  if (given.has("port")) into.port = static_cast<std::uint16_t>(given["port"].integer());
}

void read_endpoint(connection_settings& into, const options& given) {
  into.endpoint = given["endpoint"].string();
  tls::check_host(into.endpoint, "endpoint", "the broker");
}

void read_client_id(connection_settings& into, const options& given, std::string_view gateway_id) {
  into.client_id = text_or(given, "client_id", std::string{gateway_id});
  const auto& id = into.client_id;
  if (!is_mqtt_text(id) || id.empty() || id.size() > 65535)
    throw configuration_error("client_id",
                              "'" + id + "' is no client id: give a text without control characters");
  if (!into.is_aws) return;
  if (id.size() > client_id_bytes_max_of_aws)
    throw configuration_error("client_id", "'" + id + "' has " + std::to_string(id.size()) +
                                               " bytes, of which AWS IoT Core allows 128; shorten it");
  if (id.front() == '$')
    throw configuration_error(
        "client_id", "'" + id + "' begins with '$', which AWS IoT Core keeps for itself; begin it otherwise");
}

void read_will(connection_settings& into, const options& given, const topic_identity& who) {
  if (!given.has("will")) return;
  const auto will = given["will"];
  const topic_template topic{will["topic"].text(), who, "will.topic"};
  if (!topic.is_constant())
    throw configuration_error(
        "will.topic",
        "'" + will["topic"].string() + "' depends on a sample; a will has only {gateway} and {client_id}");
  into.will = will_settings{topic.fixed_part(), will["payload"].string(),
                            static_cast<int>(will["qos"].integer()), will["retain"].boolean()};
  const auto rules = into.is_aws ? aws_iot_core : any_broker;
  if (const auto problem = problem_of_topic(into.will->topic, rules))
    throw configuration_error("will.topic", *problem);
  if (into.is_aws && into.will->qos == 2)
    throw configuration_error("will.qos", "2 is not supported by AWS IoT Core; use 1");
}

void read_pace(connection_settings& into, const options& given) {
  const auto retry = given["retry"];
  into.pace.min = retry["min"].duration().count();
  into.pace.max = retry["max"].duration().count();
  if (into.pace.max < into.pace.min)
    throw configuration_error("retry.max", "is less than retry.min; raise it");
  into.pace.stable_after = given["stable_after"].duration().count();
  if (into.is_aws) into.pace.try_interval = 1'000'000'000;
}

// The library finds the port of a URL by its last colon.
std::string websocket_path_of(const options& given) {
  auto path = given["websocket_path"].string();
  if (!path.starts_with('/'))
    throw configuration_error("websocket_path", "'" + path + "' does not begin with '/'");
  const bool is_plain = std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < 127; });
  if (!is_plain || path.find(':') != std::string::npos)
    throw configuration_error("websocket_path", "'" + path +
                                                    "' holds what no path may here; write it without "
                                                    "colons, blanks and letters beyond ASCII");
  return path;
}

// A broker that keeps the session takes a new message for the one whose number it has, and drops it.
void check_session(const connection_settings& of, const options& given) {
  if (given["qos"].integer() == 2 && !of.clean_start)
    throw configuration_error("clean_start",
                              "false loses messages of qos 2 after a reconnect, since their numbers begin "
                              "anew; set clean_start: true, or qos: 1");
}

connection_settings read_connection(const options& given, std::string_view gateway_id, flavour of) {
  connection_settings made;
  made.is_aws = of == flavour::aws_iot;
  if (of == flavour::mqtt && given["transport"].text() == "websocket")
    made.websocket_path = websocket_path_of(given);
  read_endpoint(made, given);
  read_port(made, given);
  read_client_id(made, given, gateway_id);
  if (given.has("tls")) read_tls(made, given);
  made.version = given["version"].text() == "5" ? version::v5 : version::v3_1_1;
  made.clean_start = given["clean_start"].boolean();
  check_session(made, given);
  if (given.has("session_expiry"))
    made.session_expiry =
        static_cast<std::uint32_t>(rounded_up<std::chrono::seconds>(given["session_expiry"]).count());
  made.username = text_or(given, "username", {});
  made.password = text_or(given, "password", {});
  if (made.username.empty() && !made.password.empty())
    throw configuration_error("password", "is given without username; give both");
  made.keep_alive = rounded_up<std::chrono::seconds>(given["keep_alive"]);
  made.connect_timeout = rounded_up<std::chrono::milliseconds>(given["connect_timeout"]);
  read_will(made, given, {std::string{gateway_id}, made.client_id});
  read_pace(made, given);
  return made;
}

message_settings read_message(const options& given) {
  message_settings made;
  made.qos = static_cast<int>(given["qos"].integer());
  made.retain = given["retain"].boolean();
  made.has_id = given.has("message_id") && given["message_id"].boolean();
  made.content_type = text_or(given, "content_type", {});
  if (given.has("user_properties")) {
    const auto all = given["user_properties"];
    for (std::uint32_t index = 0; index < all.size(); ++index)
      made.user_properties.emplace_back(all.key(index), all[index].string());
  }
  if (given.has("message_expiry"))
    made.expiry =
        static_cast<std::uint32_t>(rounded_up<std::chrono::seconds>(given["message_expiry"]).count());
  const auto how = given["compression"].text();
  made.compress = how == "gzip" ? compression::gzip : how == "zstd" ? compression::zstd : compression::none;
  return made;
}

message_limits read_payload(const options& given) {
  message_limits made;
  made.samples_max = static_cast<std::uint32_t>(given["samples_per_message"].integer());
  made.bytes_max = static_cast<std::size_t>(given["message_max_size"].integer());
  const auto batch = given["batch"];
  if (batch.has("max_samples") && made.samples_max > batch["max_samples"].integer())
    throw configuration_error("samples_per_message",
                              std::to_string(made.samples_max) + " is more than the " +
                                  std::to_string(batch["max_samples"].integer()) +
                                  " samples that batch.max_samples lets come together; raise that as well");
  return made;
}

rate_limits read_rate(const options& given) {
  const auto limits = given["limits"];
  rate_limits made;
  if (limits.has("messages_per_second"))
    made.messages = static_cast<std::uint64_t>(limits["messages_per_second"].integer());
  if (limits.has("bytes_per_second"))
    made.bytes = static_cast<std::uint64_t>(limits["bytes_per_second"].integer());
  made.in_flight = static_cast<std::uint32_t>(limits["in_flight"].integer());
  const bool is_counted_silently = given["qos"].integer() == 2 && given["version"].text() != "5";
  if (is_counted_silently) made.in_flight = std::min(made.in_flight, in_flight_max_of_old_qos_2);
  return made;
}

}  // namespace

settings read_settings(const options& given, std::string_view gateway_id, flavour of) {
  settings made;
  made.gateway = gateway_id;
  made.connection = read_connection(given, gateway_id, of);
  made.message = read_message(given);
  made.payload = read_payload(given);
  made.rate = read_rate(given);
  made.timeout = given["timeout"].duration();
  made.topic = given["topic"].string();
  if (of == flavour::mqtt) return made;
  made.payload.may_be_raised = made.payload.bytes_max < payload_bytes_max_of_aws;
  made.rules = aws_iot_core;
  if (given.has("basic_ingest")) made.basic_ingest = given["basic_ingest"].string();
  return made;
}

}  // namespace tidegate::mqtt
