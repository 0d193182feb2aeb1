#include "mqtt/paho_client.hpp"

#include <MQTTAsync.h>

#include <mutex>

#include "mqtt/mailbox.hpp"
#include "tidegate/error.hpp"

namespace tidegate::mqtt {
namespace {

// ---- what a callback knows: a connection and a slot, as one number ---------------------------------

constexpr std::uintptr_t slot_bits = 8;

void* address_of(std::uint32_t number, std::uint32_t slot) {
  return reinterpret_cast<void*>(std::uintptr_t{number} << slot_bits | slot);
}
std::uint32_t number_of(void* address) {
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(address) >> slot_bits);
}
std::uint32_t slot_of(void* address) {
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(address) & ((1U << slot_bits) - 1));
}

void post(void* address, event::kind what, int reason = 0, const char* text = nullptr) {
  event made;
  made.what = what;
  made.slot = slot_of(address);
  made.reason = reason;
  if (text != nullptr) made.text = text;
  mailbox::post(number_of(address), std::move(made));
}

// ---- properties ------------------------------------------------------------------------------------

class properties {
 public:
  properties() = default;
  properties(const properties&) = delete;
  properties& operator=(const properties&) = delete;
  ~properties() { MQTTProperties_free(&held_); }

  void copy_from(const properties& other) { held_ = MQTTProperties_copy(&other.held_); }
  void add_text(MQTTPropertyCodes code, const std::string& text) {
    MQTTProperty made{};
    made.identifier = code;
    made.value.data = lenstring(text);
    MQTTProperties_add(&held_, &made);
  }
  void add_pair(const std::string& name, const std::string& value) {
    MQTTProperty made{};
    made.identifier = MQTTPROPERTY_CODE_USER_PROPERTY;
    made.value.data = lenstring(name);
    made.value.value = lenstring(value);
    MQTTProperties_add(&held_, &made);
  }
  void add_number(MQTTPropertyCodes code, std::uint32_t number) {
    MQTTProperty made{};
    made.identifier = code;
    made.value.integer4 = number;
    MQTTProperties_add(&held_, &made);
  }
  void add_byte(MQTTPropertyCodes code, std::uint8_t number) {
    MQTTProperty made{};
    made.identifier = code;
    made.value.byte = number;
    MQTTProperties_add(&held_, &made);
  }
  MQTTProperties& get() { return held_; }
  // For a call that copies them: what it is given still belongs to these.
  MQTTProperties lent() const { return held_; }

 private:
  static MQTTLenString lenstring(const std::string& text) {
    return {static_cast<int>(text.size()), const_cast<char*>(text.data())};
  }
  MQTTProperties held_ = MQTTProperties_initializer;
};

std::uint32_t number_in(const MQTTProperties& from, MQTTPropertyCodes code, std::uint32_t otherwise) {
  auto* all = const_cast<MQTTProperties*>(&from);
  if (MQTTProperties_hasProperty(all, code) == 0) return otherwise;
  return static_cast<std::uint32_t>(MQTTProperties_getNumericValue(all, code));
}

std::string reason_string(const MQTTProperties& from) {
  auto* all = const_cast<MQTTProperties*>(&from);
  const auto* found = MQTTProperties_getProperty(all, MQTTPROPERTY_CODE_REASON_STRING);
  if (found == nullptr || found->value.data.len <= 0) return {};
  return {found->value.data.data, static_cast<std::size_t>(found->value.data.len)};
}

broker_limits limits_in(const MQTTProperties& from) {
  const broker_limits none;
  return {number_in(from, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM, none.receive_maximum),
          number_in(from, MQTTPROPERTY_CODE_MAXIMUM_PACKET_SIZE, none.packet_bytes_max),
          static_cast<int>(number_in(from, MQTTPROPERTY_CODE_MAXIMUM_QOS, 2)),
          number_in(from, MQTTPROPERTY_CODE_RETAIN_AVAILABLE, 1) != 0};
}

// ---- callbacks, on threads of the library ----------------------------------------------------------

void on_connected(void* address, MQTTAsync_successData*) { post(address, event::kind::connected); }
void on_connected5(void* address, MQTTAsync_successData5* said) {
  event made;
  made.what = event::kind::connected;
  made.limits = limits_in(said->properties);
  mailbox::post(number_of(address), std::move(made));
}
// Codes above 0 are the broker's; others are the library's, which has one for all.
void on_connect_failed(void* address, MQTTAsync_failureData* said) {
  const bool is_brokers = said->code > 0;
  post(address, event::kind::connect_failed, is_brokers ? said->code : 0,
       is_brokers ? nullptr : said->message);
}
void on_connect_failed5(void* address, MQTTAsync_failureData5* said) {
  // The reason of a CONNACK comes as the code, and the one of a DISCONNECT as the reason.
  const int reason = said->code >= 0x80 ? said->code : said->reasonCode >= 0x80 ? said->reasonCode : 0;
  const auto text =
      reason != 0 ? reason_string(said->properties) : std::string{said->message ? said->message : ""};
  post(address, event::kind::connect_failed, reason, text.c_str());
}
void on_acknowledged(void* address, MQTTAsync_successData*) { post(address, event::kind::acknowledged); }
void on_acknowledged5(void* address, MQTTAsync_successData5* said) {
  if (said->reasonCode < 0x80) return post(address, event::kind::acknowledged);
  post(address, event::kind::refused, said->reasonCode, reason_string(said->properties).c_str());
}
void on_refused(void* address, MQTTAsync_failureData* said) {
  post(address, event::kind::refused, 0, said != nullptr ? said->message : nullptr);
}
void on_refused5(void* address, MQTTAsync_failureData5* said) {
  // The library's own failures: then the rest of it is not filled in.
  if (said == nullptr || said->code < 0) return post(address, event::kind::refused);
  const int reason = said->reasonCode >= 0x80 ? said->reasonCode : 0;
  post(address, event::kind::refused, reason, reason_string(said->properties).c_str());
}
void on_lost(void* address, char*) { post(address, event::kind::lost); }
void on_disconnected(void* address, MQTTProperties* said, enum MQTTReasonCodes reason) {
  const auto text = said != nullptr ? reason_string(*said) : std::string{};
  post(address, event::kind::disconnected, reason, text.c_str());
}
int on_message(void*, char* topic, int, MQTTAsync_message* message) {
  MQTTAsync_freeMessage(&message);
  MQTTAsync_free(topic);
  return 1;
}

// ---- making a client -------------------------------------------------------------------------------

void check(int code, const std::string& action) {
  if (code == MQTTASYNC_SUCCESS) return;
  const char* text = MQTTAsync_strerror(code);
  throw temporary("cannot " + action + ": " + (text != nullptr ? text : "error " + std::to_string(code)));
}

std::string address_text(const connection_settings& of) {
  const bool is_ipv6 = of.endpoint.find(':') != std::string::npos;
  const auto at = (is_ipv6 ? "[" + of.endpoint + "]" : of.endpoint) + ":" + std::to_string(of.port);
  if (of.websocket_path) return (of.uses_tls ? "wss://" : "ws://") + at + *of.websocket_path;
  return (of.uses_tls ? "ssl://" : "tcp://") + at;
}

MQTTAsync make_handle(const connection_settings& of, std::uint32_t in_flight) {
  MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;
  options.maxBufferedMessages = static_cast<int>(in_flight);
  options.MQTTVersion = of.version == version::v5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
  MQTTAsync made = nullptr;
  check(MQTTAsync_createWithOptions(&made, address_text(of).c_str(), of.client_id.c_str(),
                                    MQTTCLIENT_PERSISTENCE_NONE, nullptr, &options),
        "make an MQTT client");
  return made;
}

struct library {
  MQTTAsync idle = nullptr;
  library() {
    connection_settings any;
    any.endpoint = "localhost";
    any.client_id = "idle";
    idle = make_handle(any, 1);
  }
  library(const library&) = delete;
  library& operator=(const library&) = delete;
  ~library() { MQTTAsync_destroy(&idle); }
};

}  // namespace

// When its last client goes, the library ends its threads, which takes tenths of a second and waits for
// them: not something to do at each reconnect.
std::shared_ptr<void> keep_library() {
  static std::mutex mutex;
  static std::weak_ptr<library> shared;
  const std::lock_guard lock{mutex};
  auto held = shared.lock();
  if (!held) shared = held = std::make_shared<library>();
  return held;
}

// What the library is given by address lies here, and lives as long as the client.
struct paho_client::content {
  const settings& with;
  std::shared_ptr<const tls::credentials> files;
  std::uint32_t number;
  MQTTAsync handle;
  properties message;
  properties connection;
  std::string ca, certificate, key, alpn;
  MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
  MQTTAsync_willOptions will = MQTTAsync_willOptions_initializer;

  bool is_5() const { return with.connection.version == version::v5; }
  void* address(std::uint32_t slot = 0) const { return address_of(number, slot); }
  void fill_message(const std::string& content_type);
  void fill_connection();
  void fill_tls();
  void fill_will();
  MQTTAsync_connectOptions options();
};

paho_client::paho_client(const settings& with, std::shared_ptr<const tls::credentials> files,
                         std::string content_type, std::uint32_t number)
    : content_{new content{with,
                           std::move(files),
                           number,
                           make_handle(with.connection, with.rate.in_flight),
                           {},
                           {},
                           {},
                           {},
                           {},
                           {}}} {
  auto& in = *content_;
  if (in.is_5()) in.fill_message(content_type);
  if (in.is_5()) in.fill_connection();
  if (in.files) in.fill_tls();
  if (with.connection.will) in.fill_will();
  MQTTAsync_setCallbacks(in.handle, in.address(), &on_lost, &on_message, nullptr);
  if (in.is_5()) MQTTAsync_setDisconnected(in.handle, in.address(), &on_disconnected);
}

paho_client::~paho_client() { MQTTAsync_destroy(&content_->handle); }

void paho_client::content::fill_message(const std::string& content_type) {
  const auto& of = with.message;
  message.add_text(MQTTPROPERTY_CODE_CONTENT_TYPE, of.content_type.empty() ? content_type : of.content_type);
  if (of.expiry != 0) message.add_number(MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL, of.expiry);
  if (const auto how = content_encoding_of(of.compress); !how.empty())
    message.add_pair("content-encoding", std::string{how});
  for (const auto& [name, value] : of.user_properties) message.add_pair(name, value);
}

void paho_client::content::fill_connection() {
  const auto& of = with.connection;
  if (of.session_expiry != 0)
    connection.add_number(MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL, of.session_expiry);
  connection.add_byte(MQTTPROPERTY_CODE_REQUEST_PROBLEM_INFORMATION, 1);
}

void paho_client::content::fill_tls() {
  ca = files->ca_path();
  certificate = files->certificate_path();
  key = files->key_path();
  if (!ca.empty()) tls.trustStore = ca.c_str();
  tls.disableDefaultTrustStore = ca.empty() ? 0 : 1;
  if (!certificate.empty()) {
    tls.keyStore = certificate.c_str();
    tls.privateKey = key.c_str();
  }
  if (!files->key_passphrase().empty()) tls.privateKeyPassword = files->key_passphrase().c_str();
  tls.enabledCipherSuites = with.connection.cipher_suites.c_str();
  tls.enableServerCertAuth = 1;
  tls.verify = 1;  // the host name, which the library leaves unchecked otherwise
  if (with.connection.alpn.empty()) return;
  alpn = static_cast<char>(with.connection.alpn.size()) + with.connection.alpn;
  tls.protos = reinterpret_cast<const unsigned char*>(alpn.data());
  tls.protos_len = static_cast<unsigned>(alpn.size());
}

void paho_client::content::fill_will() {
  const auto& of = *with.connection.will;
  will.topicName = of.topic.c_str();
  will.payload.len = static_cast<int>(of.payload.size());
  will.payload.data = of.payload.data();
  will.message = nullptr;
  will.qos = of.qos;
  will.retained = of.retain ? 1 : 0;
}

MQTTAsync_connectOptions paho_client::content::options() {
  const auto& of = with.connection;
  MQTTAsync_connectOptions made = MQTTAsync_connectOptions_initializer;
  if (is_5()) made = MQTTAsync_connectOptions_initializer5;
  made.keepAliveInterval = static_cast<int>(of.keep_alive.count());
  made.connectTimeout = static_cast<int>(std::chrono::ceil<std::chrono::seconds>(of.connect_timeout).count());
  made.maxInflight = static_cast<int>(with.rate.in_flight);
  if (!of.username.empty()) made.username = of.username.c_str();
  if (!of.password.empty()) {
    made.binarypwd.len = static_cast<int>(of.password.size());
    made.binarypwd.data = of.password.data();
  }
  if (of.uses_tls) made.ssl = &tls;
  if (of.will) made.will = &will;
  made.MQTTVersion = is_5() ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
  made.context = address();
  if (is_5()) {
    made.cleanstart = of.clean_start ? 1 : 0;
    made.connectProperties = &connection.get();
    made.onSuccess5 = &on_connected5;
    made.onFailure5 = &on_connect_failed5;
  } else {
    made.cleansession = of.clean_start ? 1 : 0;
    made.onSuccess = &on_connected;
    made.onFailure = &on_connect_failed;
  }
  return made;
}

void paho_client::connect() {
  const auto options = content_->options();
  check(MQTTAsync_connect(content_->handle, &options), "connect to " + content_->with.connection.at());
}

bool paho_client::send(const outgoing& what) {
  const auto& in = *content_;
  MQTTAsync_message message = MQTTAsync_message_initializer;
  message.payload = const_cast<char*>(what.payload.data());
  message.payloadlen = static_cast<int>(what.payload.size());
  message.qos = in.with.message.qos;
  message.retained = in.with.message.retain ? 1 : 0;
  properties own;
  MQTTAsync_responseOptions answer = MQTTAsync_responseOptions_initializer;
  answer.context = in.address(what.slot);
  if (in.is_5()) {
    if (in.with.message.has_id) {
      own.copy_from(in.message);
      own.add_pair("message_id", what.digest.text());
    }
    message.properties = in.with.message.has_id ? own.lent() : in.message.lent();
    answer.onSuccess5 = &on_acknowledged5;
    answer.onFailure5 = &on_refused5;
  } else {
    answer.onSuccess = &on_acknowledged;
    answer.onFailure = &on_refused;
  }
  return MQTTAsync_sendMessage(in.handle, what.topic.c_str(), &message, &answer) == MQTTASYNC_SUCCESS;
}

}  // namespace tidegate::mqtt
