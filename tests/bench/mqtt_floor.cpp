// The floor under generate -> mqtt: publishes the payloads that the gateway made in a bare loop around the
// same library, with as many messages under way.
//
//   mqtt_floor PAYLOADS COUNT HOST PORT CA CERTIFICATE KEY WINDOW
//
// PAYLOADS is a file of one payload a line, of which the first COUNT are sent, at QoS 1 of MQTT 5, over
// mutual TLS. It ends when all are acknowledged; whoever measures takes off what a run with one message
// costs.
#include <MQTTAsync.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

namespace {

constexpr char topic[] = "bench/generate";

[[noreturn]] void fail(const std::string& text) {
  std::fprintf(stderr, "mqtt_floor: %s\n", text.c_str());
  std::_Exit(1);
}

void check(int code, const char* action) {
  if (code != MQTTASYNC_SUCCESS) fail(std::string{"cannot "} + action + ": " + std::to_string(code));
}

// What the callbacks, on threads of the library, tell the loop.
struct progress {
  std::mutex mutex;
  std::condition_variable changed;
  bool is_connected = false;
  int acknowledged = 0;

  template <class Condition>
  void wait(Condition condition) {
    std::unique_lock lock{mutex};
    changed.wait(lock, condition);
  }
};

void on_connected(void* to, MQTTAsync_successData5*) {
  auto& all = *static_cast<progress*>(to);
  const std::lock_guard lock{all.mutex};
  all.is_connected = true;
  all.changed.notify_one();
}

void on_acknowledged(void* to, MQTTAsync_successData5* said) {
  if (said->reasonCode >= 0x80) fail("the broker refused a message");
  auto& all = *static_cast<progress*>(to);
  const std::lock_guard lock{all.mutex};
  ++all.acknowledged;
  all.changed.notify_one();
}

void on_failure(void*, MQTTAsync_failureData5*) { fail("the connection or a message failed"); }

std::vector<std::string> read_lines(const char* path) {
  std::ifstream file{path};
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(std::move(line));
  return lines;
}

MQTTAsync connect(char** arguments, int window, progress& all) {
  MQTTAsync_createOptions creation = MQTTAsync_createOptions_initializer;
  creation.MQTTVersion = MQTTVERSION_5;
  MQTTAsync client = nullptr;
  const auto address = std::string{"ssl://"} + arguments[0] + ":" + arguments[1];
  check(MQTTAsync_createWithOptions(&client, address.c_str(), "floor", MQTTCLIENT_PERSISTENCE_NONE, nullptr,
                                    &creation),
        "make a client");
  MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
  tls.trustStore = arguments[2];
  tls.keyStore = arguments[3];
  tls.privateKey = arguments[4];
  tls.verify = 1;
  MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer5;
  options.ssl = &tls;
  options.cleanstart = 1;
  options.maxInflight = window;
  options.context = &all;
  options.onSuccess5 = &on_connected;
  options.onFailure5 = &on_failure;
  check(MQTTAsync_connect(client, &options), "connect");
  all.wait([&] { return all.is_connected; });
  return client;
}

// The properties that the gateway gives each message, so that the bytes on the wire are the same.
MQTTProperties content_type() {
  MQTTProperty type{};
  type.identifier = MQTTPROPERTY_CODE_CONTENT_TYPE;
  char text[] = "application/json";
  type.value.data = {sizeof text - 1, text};
  MQTTProperties made = MQTTProperties_initializer;
  MQTTProperties_add(&made, &type);
  return made;
}

void publish(MQTTAsync client, const std::string& payload, MQTTProperties properties, progress& all) {
  MQTTAsync_message message = MQTTAsync_message_initializer;
  message.payload = const_cast<char*>(payload.data());
  message.payloadlen = static_cast<int>(payload.size());
  message.qos = 1;
  message.properties = properties;
  MQTTAsync_responseOptions answer = MQTTAsync_responseOptions_initializer;
  answer.context = &all;
  answer.onSuccess5 = &on_acknowledged;
  answer.onFailure5 = &on_failure;
  check(MQTTAsync_sendMessage(client, topic, &message, &answer), "publish");
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 9) fail("usage: mqtt_floor PAYLOADS COUNT HOST PORT CA CERTIFICATE KEY WINDOW");
  const auto payloads = read_lines(arguments[1]);
  const int count = std::atoi(arguments[2]);
  const int window = std::atoi(arguments[8]);
  if (payloads.size() < static_cast<std::size_t>(count)) fail("there are fewer payloads than are to be sent");
  static progress all;
  auto* const client = connect(arguments + 3, window, all);
  auto properties = content_type();
  for (int sent = 0; sent < count; ++sent) {
    all.wait([&] { return sent - all.acknowledged < window; });
    publish(client, payloads[static_cast<std::size_t>(sent)], properties, all);
  }
  all.wait([&] { return all.acknowledged == count; });
  std::_Exit(0);  // taking the library down takes tenths of a second that are no work
}
