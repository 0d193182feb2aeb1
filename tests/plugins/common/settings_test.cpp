#include "mqtt/settings.hpp"

#include "mqtt_support.hpp"

namespace tidegate::testing {
namespace {

using mqtt::flavour;

option_value tls(option_value certificate = nullptr, option_value key = nullptr,
                 option_value alpn = nullptr) {
  return map({{"ca", "/tls/root.pem"},
              {"certificate", std::move(certificate)},
              {"key", std::move(key)},
              {"key_passphrase", nullptr},
              {"alpn", std::move(alpn)}});
}
mqtt_options aws() {
  mqtt_options given;
  given.tls = tls("/tls/c.pem", "/tls/k.pem");
  given.port = 8883;
  return given;
}

std::string problem_of(const mqtt_options& given, flavour of = flavour::mqtt) {
  try {
    settings_of(given, of);
  } catch (const tidegate::error& thrown) {
    EXPECT_EQ(thrown.status(), TIDEGATE_ERROR_CONFIGURATION);
    return thrown.option() + ": " + thrown.what();
  }
  return "(accepted)";
}

TEST(MqttSettings, TakeThePortOfTheTransport) {
  mqtt_options given;
  EXPECT_EQ(settings_of(given).connection.port, 1883);
  given.tls = tls();
  EXPECT_EQ(settings_of(given).connection.port, 8883);
  given.transport = "websocket";
  given.websocket_path = "/mqtt";
  EXPECT_EQ(settings_of(given).connection.port, 443);
  given.tls = nullptr;
  EXPECT_EQ(settings_of(given).connection.port, 80);
  given.port = 9001;
  EXPECT_EQ(settings_of(given).connection.port, 9001);
}

TEST(MqttSettings, TakeTheGatewaysIdForTheClientId) {
  mqtt_options given;
  EXPECT_EQ(settings_of(given).connection.client_id, "PC-0001");
  given.client_id = "other";
  EXPECT_EQ(settings_of(given).connection.client_id, "other");
}

TEST(MqttSettings, AskForAlpnOnPort443OfAwsOnly) {
  auto given = aws();
  EXPECT_EQ(settings_of(given, flavour::aws_iot).connection.alpn, "");
  given.port = 443;
  EXPECT_EQ(settings_of(given, flavour::aws_iot).connection.alpn, "x-amzn-mqtt-ca");
  EXPECT_EQ(settings_of(given, flavour::mqtt).connection.alpn, "");
  given.tls = tls("/tls/c.pem", "/tls/k.pem", "mqtt");
  EXPECT_EQ(settings_of(given, flavour::aws_iot).connection.alpn, "mqtt");
}

TEST(MqttSettings, SayWhatIsWrongWithAnEndpoint) {
  mqtt_options given;
  given.endpoint = "mqtts://x";
  EXPECT_EQ(problem_of(given),
            "endpoint: 'mqtts://x' is a URL; give the host name alone, and 'port' beside it");
  given.endpoint = "x:8883";
  EXPECT_EQ(problem_of(given),
            "endpoint: 'x:8883' holds a port; give the host name alone, and 'port' beside it");
  given.endpoint = "";
  EXPECT_EQ(problem_of(given), "endpoint: must not be empty; name the host of the broker");
  given.endpoint = "fe80::1";
  EXPECT_EQ(problem_of(given), "(accepted)");
}

TEST(MqttSettings, WantCertificateAndKeyTogether) {
  mqtt_options given;
  given.tls = tls("/tls/c.pem");
  EXPECT_EQ(problem_of(given), "tls.certificate: is given without tls.key; give both or none");
  given.tls = tls(nullptr, "/tls/k.pem");
  EXPECT_EQ(problem_of(given), "tls.key: is given without tls.certificate; give both or none");
}

TEST(MqttSettings, WantAUserForAPassword) {
  mqtt_options given;
  given.password = "secret";
  EXPECT_EQ(problem_of(given), "password: is given without username; give both");
}

TEST(MqttSettings, WantANewSessionForQos2) {
  mqtt_options given;
  given.clean_start = false;
  EXPECT_EQ(problem_of(given), "(accepted)");
  given.qos = 2;
  EXPECT_EQ(
      problem_of(given),
      "clean_start: false loses messages of qos 2 after a reconnect, since their numbers begin anew; set "
      "clean_start: true, or qos: 1");
}

TEST(MqttSettings, WantDelaysInTheirOrder) {
  mqtt_options given;
  given.retry = map({{"min", 2s}, {"max", 1s}});
  EXPECT_EQ(problem_of(given), "retry.max: is less than retry.min; raise it");
}

TEST(MqttSettings, WantAPathThatTheLibraryUnderstands) {
  mqtt_options given;
  given.transport = "websocket";
  given.websocket_path = "mqtt";
  EXPECT_EQ(problem_of(given), "websocket_path: 'mqtt' does not begin with '/'");
  for (const auto* path : {"/a:b", "/a b", "/\xc3\xa9"}) {
    given.websocket_path = path;
    EXPECT_EQ(problem_of(given).find("websocket_path: '"), 0U) << path;
  }
}

TEST(MqttSettings, KeepToTheClientIdsOfAws) {
  auto given = aws();
  given.client_id = "$x";
  EXPECT_EQ(problem_of(given, flavour::aws_iot),
            "client_id: '$x' begins with '$', which AWS IoT Core keeps for itself; begin it otherwise");
  EXPECT_EQ(problem_of(given), "(accepted)");
  given.client_id = std::string(129, 'x');
  EXPECT_EQ(problem_of(given, flavour::aws_iot),
            "client_id: '" + std::string(129, 'x') +
                "' has 129 bytes, of which AWS IoT Core allows 128; shorten it");
}

TEST(MqttSettings, SayThatABatchIsTooSmallForItsMessages) {
  mqtt_options given;
  given.samples_per_message = 501;
  EXPECT_EQ(problem_of(given),
            "samples_per_message: 501 is more than the 500 samples that batch.max_samples lets come "
            "together; raise "
            "that as well");
}

TEST(MqttSettings, ReadALastWill) {
  mqtt_options given;
  const auto will = [](const char* topic, int qos = 1) {
    return map({{"topic", topic}, {"payload", "offline"}, {"qos", qos}, {"retain", true}});
  };
  given.will = will("status/{client_id}");
  EXPECT_EQ(settings_of(given).connection.will->topic, "status/PC-0001");
  given.will = will("status/{name}");
  EXPECT_EQ(problem_of(given),
            "will.topic: 'status/{name}' depends on a sample; a will has only {gateway} and {client_id}");
  auto of_aws = aws();
  of_aws.will = will("status", 2);
  EXPECT_EQ(problem_of(of_aws, flavour::aws_iot), "will.qos: 2 is not supported by AWS IoT Core; use 1");
}

TEST(MqttSettings, OfAwsKeepASecondBetweenTwoTries) {
  EXPECT_EQ(settings_of(aws(), flavour::aws_iot).connection.pace.try_interval, 1'000'000'000);
  EXPECT_EQ(settings_of(aws()).connection.pace.try_interval, 0);
}

}  // namespace
}  // namespace tidegate::testing
