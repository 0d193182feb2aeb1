#include "http/settings.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "http/base64.hpp"
#include "http/url.hpp"
#include "tls/cipher_suites.hpp"

namespace tidegate::http {
namespace {

constexpr std::uint16_t port_https = 443;
constexpr std::string_view alpn_of_aws = "x-amzn-http-ca";
constexpr std::size_t payload_bytes_max_of_aws = 128 * 1024;
constexpr std::string_view token_letters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~";

std::string text_or(const options& given, const char* name, const std::string& otherwise = {}) {
  return given.has(name) ? given[name].string() : otherwise;
}

template <class Duration>
Duration rounded_up(const options& given) {
  return std::chrono::ceil<Duration>(given.duration());
}

std::string lower(std::string_view text) {
  std::string made{text};
  std::transform(made.begin(), made.end(), made.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return made;
}

// ---- headers -------------------------------------------------------------------------------------

bool is_header_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  });
}

void check_header_name(const std::string& name, const std::string& option) {
  if (name.empty() || name.find_first_not_of(token_letters) != std::string::npos)
    throw configuration_error(option, "'" + name + "' is no name of a header");
  constexpr std::pair<std::string_view, std::string_view> others[] = {
      {"authorization", "give 'username' and 'password', 'bearer_token' or 'bearer_token_file'"},
      {"content-type", "give 'content_type'"},
      {"content-encoding", "give 'compression'"},
      {"host", "it is that of the server"},
      {"content-length", "it is the sink's own"},
      {"transfer-encoding", "it is the sink's own"},
      {"connection", "it is the sink's own"},
      {"expect", "it is not supported"},
      {"upgrade", "it is not supported"},
      {"te", "it is not supported"},
      {"trailer", "it is not supported"}};
  for (const auto& [own, instead] : others)
    if (lower(name) == own)
      throw configuration_error(option,
                                "the header '" + name + "' cannot be set here; " + std::string{instead});
}

std::vector<std::pair<std::string, std::string>> read_pairs(const options& given, const char* name) {
  std::vector<std::pair<std::string, std::string>> made;
  if (!given.has(name)) return made;
  const auto all = given[name];
  for (std::uint32_t index = 0; index < all.size(); ++index)
    made.emplace_back(all.key(index), all[index].string());
  return made;
}

void read_headers(request_settings& into, const options& given) {
  into.headers = read_pairs(given, "headers");
  for (const auto& [name, value] : into.headers) {
    check_header_name(name, "headers." + name);
    if (!is_header_value(value))
      throw configuration_error("headers." + name, "holds a line break or another control character");
  }
  into.id_header = text_or(given, "idempotency_header");
  if (!into.id_header.empty()) check_header_name(into.id_header, "idempotency_header");
}

std::string read_content_type(const options& given) {
  auto made = text_or(given, "content_type");
  if (!is_header_value(made))
    throw configuration_error("content_type", "holds a line break or another control character");
  return made;
}

std::string basic(const options& given, const std::string& path) {
  const auto user = text_or(given, "username");
  const auto password = text_or(given, "password");
  if (user.empty() && password.empty()) return {};
  if (user.empty()) throw configuration_error(path + "password", "is given without username; give both");
  if (user.find(':') != std::string::npos)
    throw configuration_error(path + "username", "'" + user + "' holds a ':', which no user may");
  return "Basic " + base64(user + ":" + password);
}

void read_authorization(request_settings& into, const options& given) {
  into.authorization = basic(given, "");
  into.password = text_or(given, "password");
  const auto token = text_or(given, "bearer_token");
  into.bearer_file = text_or(given, "bearer_token_file");
  const int ways =
      (into.authorization.empty() ? 0 : 1) + (token.empty() ? 0 : 1) + (into.bearer_file.empty() ? 0 : 1);
  if (ways > 1)
    throw configuration_error(into.bearer_file.empty() ? "bearer_token" : "bearer_token_file",
                              "is given beside another way to authenticate; give one of username, "
                              "bearer_token and bearer_token_file");
  if (token.empty()) return;
  if (!is_header_value(token))
    throw configuration_error("bearer_token", "holds a line break or another control character");
  into.authorization = "Bearer " + token;
}

request_settings read_request(const options& given, flavour of) {
  request_settings made;
  made.content_type = read_content_type(given);
  const auto how = given["compression"].text();
  made.compress = how == "gzip" ? compression::gzip : how == "zstd" ? compression::zstd : compression::none;
  if (of == flavour::aws_iot) return made;
  made.method = given["method"].string();
  read_headers(made, given);
  read_authorization(made, given);
  return made;
}

// ---- the server ----------------------------------------------------------------------------------

void check_key(const tls::file_names& given) {
  const bool has_key = !given.key.empty() || !given.key_uri.empty();
  const auto* option = given.key_uri.empty() ? "tls.key" : "tls.key_uri";
  if (given.certificate.empty() && has_key)
    throw configuration_error(option, "is given without tls.certificate; give both or none");
  if (!has_key && !given.certificate.empty())
    throw configuration_error("tls.certificate", "is given without tls.key; give both or none");
  if (!given.key.empty() && !given.key_uri.empty())
    throw configuration_error("tls.key_uri", "is given beside tls.key; give one of them");
  if (!given.key_uri.empty() && given.key_uri.find("pkcs11:") != 0)
    throw configuration_error("tls.key_uri",
                              "'" + given.key_uri + "' is no URI of PKCS#11; those begin with pkcs11:");
}

void read_tls(server_settings& into, const options& given) {
  into.cipher_suites = into.is_aws ? tls::aws_cipher_suites : tls::modern_cipher_suites;
  const bool needs_alpn = into.is_aws && into.port == port_https;
  if (needs_alpn) into.alpn = alpn_of_aws;
  if (!given.has("tls")) return;
  const auto tls = given["tls"];
  into.files = {text_or(tls, "ca"),      text_or(tls, "certificate"),
                text_or(tls, "key"),     text_or(tls, "key_passphrase"),
                text_or(tls, "key_uri"), text_or(tls, "pkcs11_module")};
  check_key(into.files);
  into.alpn = text_or(tls, "alpn", into.alpn);
  if (into.alpn.size() > 255)
    throw configuration_error("tls.alpn", "is longer than the 255 bytes that TLS allows");
}

void read_url(settings& into, const options& given) {
  const auto text = given["url"].string();
  const auto read = parse_url(text, "url");
  auto& server = into.server;
  server.host = read.host;
  server.port = read.port;
  server.uses_tls = read.uses_tls;
  into.path = read.path;
  if (read.uses_tls) return;
  if (!given["allow_plain"].boolean())
    throw configuration_error("url", "'" + text +
                                         "' is not encrypted: samples and passwords could be read on their "
                                         "way; write https://, or set allow_plain: true");
  if (given.has("tls"))
    throw configuration_error("tls", "is given, but 'url' is not encrypted; write https://");
}

void read_endpoint(server_settings& into, const options& given) {
  into.host = given["endpoint"].string();
  tls::check_host(into.host, "endpoint", "the account's endpoint");
  into.port = static_cast<std::uint16_t>(given["port"].integer());
}

void read_proxy(server_settings& into, const options& given) {
  if (!given.has("proxy")) return;
  const auto proxy = given["proxy"];
  into.proxy = proxy_settings{proxy["endpoint"].string(), static_cast<std::uint16_t>(proxy["port"].integer()),
                              basic(proxy, "proxy.")};
  tls::check_host(into.proxy->host, "proxy.endpoint", "the proxy");
}

void read_server(settings& into, const options& given, flavour of) {
  auto& server = into.server;
  server.is_aws = of == flavour::aws_iot;
  if (server.is_aws) {
    read_endpoint(server, given);
  } else {
    read_url(into, given);
  }
  if (server.uses_tls) read_tls(server, given);
  read_proxy(server, given);
  server.connections_max = static_cast<std::uint32_t>(given["max_connections"].integer());
  server.connect_timeout = rounded_up<std::chrono::milliseconds>(given["connect_timeout"]);
  server.timeout = rounded_up<std::chrono::milliseconds>(given["timeout"]);
  server.idle_timeout = rounded_up<std::chrono::milliseconds>(given["idle_timeout"]);
  server.response_bytes_max = static_cast<std::size_t>(given["response_max_size"].integer());
}

// ---- payloads ------------------------------------------------------------------------------------

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
  return made;
}

aws_settings read_aws(const options& given) {
  aws_settings made;
  made.qos = static_cast<int>(given["qos"].integer());
  made.retain = given["retain"].boolean();
  made.has_id = given["message_id"].boolean();
  made.user_properties = read_pairs(given, "user_properties");
  if (given.has("basic_ingest")) made.topic_prefix = basic_ingest_prefix(given["basic_ingest"].text());
  if (given.has("message_expiry"))
    made.expiry =
        static_cast<std::uint32_t>(rounded_up<std::chrono::seconds>(given["message_expiry"]).count());
  return made;
}

}  // namespace

tls::target server_settings::target() const {
  tls::target made;
  made.host = host;
  made.port = port;
  made.timeout = connect_timeout;
  made.files = files;
  made.alpn = alpn;
  made.cipher_suites = cipher_suites;
  made.server = "server";
  made.host_option = is_aws ? "endpoint" : "url";
  made.port_option = is_aws ? "port" : "url";
  return made;
}

settings read_settings(const options& given, std::string_view gateway_id, flavour of) {
  settings made;
  made.gateway = gateway_id;
  read_server(made, given, of);
  made.request = read_request(given, of);
  made.payload = read_payload(given);
  made.rate = read_rate(given);
  made.pause_max = given["retry"]["max"].duration();
  if (of == flavour::http) {
    const bool is_usual_port = made.server.port == (made.server.uses_tls ? port_https : 80);
    made.request.host = made.server.at();
    if (is_usual_port) made.request.host.resize(made.request.host.rfind(':'));
    return made;
  }
  made.request.host = made.server.host;
  made.payload.may_be_raised = made.payload.bytes_max < payload_bytes_max_of_aws;
  made.aws = read_aws(given);
  made.path = given["topic"].string();
  made.rules = aws_iot_core;
  return made;
}

}  // namespace tidegate::http
