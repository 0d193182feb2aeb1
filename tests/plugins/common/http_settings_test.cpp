// Options of the sinks that post over HTTP, and what they make of a request.
#include "http/request_maker.hpp"
#include "http/settings.hpp"
#include "http_support.hpp"

namespace tidegate::testing {
namespace {

using http::flavour;

option_value tls(option_value certificate = nullptr, option_value key = nullptr, option_value alpn = nullptr,
                 option_value key_uri = nullptr) {
  return map({{"ca", "/tls/root.pem"},
              {"certificate", std::move(certificate)},
              {"key", std::move(key)},
              {"key_passphrase", nullptr},
              {"key_uri", std::move(key_uri)},
              {"pkcs11_module", nullptr},
              {"alpn", std::move(alpn)}});
}

std::string problem_of(const http_options& given, flavour of = flavour::http) {
  try {
    settings_of(given, of);
  } catch (const tidegate::error& thrown) {
    EXPECT_EQ(thrown.status(), TIDEGATE_ERROR_CONFIGURATION);
    return thrown.option() + ": " + thrown.what();
  }
  return "(accepted)";
}

std::string request_of(const http_options& given, const std::string& path, flavour of = flavour::http,
                       const std::string& id = {}) {
  const auto with = settings_of(given, of);
  http::request_maker made{with, "application/json", true};
  made.refresh(0);
  return made.make(path, "[1]", id);
}

TEST(HttpSettings, WantItSaidThatNothingIsEncrypted) {
  http_options given;
  given.url = "http://x.example/";
  EXPECT_EQ(
      problem_of(given),
      "url: 'http://x.example/' is not encrypted: samples and passwords could be read on their way; write "
      "https://, or set allow_plain: true");
  given.allow_plain = true;
  EXPECT_EQ(problem_of(given), "(accepted)");
  given.tls = tls();
  EXPECT_EQ(problem_of(given), "tls: is given, but 'url' is not encrypted; write https://");
}

TEST(HttpSettings, WantCertificateAndKeyTogether) {
  http_options given;
  given.tls = tls("/tls/c.pem");
  EXPECT_EQ(problem_of(given), "tls.certificate: is given without tls.key; give both or none");
  given.tls = tls(nullptr, "/tls/k.pem");
  EXPECT_EQ(problem_of(given), "tls.key: is given without tls.certificate; give both or none");
}

TEST(HttpSettings, TakeAKeyInATokenInsteadOfAFile) {
  http_options given;
  given.tls = tls("/tls/c.pem", nullptr, nullptr, "pkcs11:object=key");
  EXPECT_EQ(problem_of(given), "(accepted)");
  given.tls = tls("/tls/c.pem", "/tls/k.pem", nullptr, "pkcs11:object=key");
  EXPECT_EQ(problem_of(given), "tls.key_uri: is given beside tls.key; give one of them");
  given.tls = tls("/tls/c.pem", nullptr, nullptr, "key.pem");
  EXPECT_EQ(problem_of(given), "tls.key_uri: 'key.pem' is no URI of PKCS#11; those begin with pkcs11:");
}

TEST(HttpSettings, TakeOneWayToAuthenticate) {
  http_options given;
  given.password = "p";
  EXPECT_EQ(problem_of(given), "password: is given without username; give both");
  given.username = "a:b";
  EXPECT_EQ(problem_of(given), "username: 'a:b' holds a ':', which no user may");
  given.username = "gw";
  EXPECT_EQ(problem_of(given), "(accepted)");
  given.bearer_token = "t";
  EXPECT_EQ(
      problem_of(given),
      "bearer_token: is given beside another way to authenticate; give one of username, bearer_token and "
      "bearer_token_file");
}

TEST(HttpSettings, TakeAProxyByNameOrAddress) {
  const auto problem = [](const char* host) {
    http_options given;
    given.proxy = map({{"endpoint", host}, {"port", 3128}, {"username", nullptr}, {"password", nullptr}});
    return problem_of(given);
  };
  EXPECT_EQ(problem("proxy.example"), "(accepted)");
  EXPECT_EQ(problem("fe80::1"), "(accepted)");
  EXPECT_EQ(problem(""), "proxy.endpoint: must not be empty; name the host of the proxy");
  EXPECT_EQ(problem("http://proxy"),
            "proxy.endpoint: 'http://proxy' is a URL; give the host name alone, and 'port' beside it");
  EXPECT_EQ(problem("proxy:3128"),
            "proxy.endpoint: 'proxy:3128' holds a port; give the host name alone, and 'port' beside it");
  EXPECT_EQ(problem("[::1]"),
            "proxy.endpoint: '[::1]' is in brackets, which URLs have; give the address alone");
  EXPECT_EQ(problem("my proxy"),
            "proxy.endpoint: 'my proxy' holds a blank or a control character; correct it");
}

TEST(HttpSettings, LetNoHeaderChangeTheRequest) {
  http_options given;
  given.headers = map({{"X-A", "b\r\nX-Evil: 1"}});
  EXPECT_EQ(problem_of(given), "headers.X-A: holds a line break or another control character");
  given.headers = map({{"X A", "b"}});
  EXPECT_EQ(problem_of(given), "headers.X A: 'X A' is no name of a header");
  given.headers = map({{"content-LENGTH", "5"}});
  EXPECT_EQ(problem_of(given),
            "headers.content-LENGTH: the header 'content-LENGTH' cannot be set here; it is the sink's own");
  given.headers = map({{"Authorization", "x"}});
  EXPECT_EQ(problem_of(given),
            "headers.Authorization: the header 'Authorization' cannot be set here; give 'username' and "
            "'password', 'bearer_token' or 'bearer_token_file'");
}

TEST(HttpSettings, SayThatABatchIsTooSmallForItsRequests) {
  http_options given;
  given.samples_per_message = 1001;
  EXPECT_EQ(
      problem_of(given),
      "samples_per_message: 1001 is more than the 1000 samples that batch.max_samples lets come together; "
      "raise that as well");
}

TEST(HttpSettings, AskForAlpnOnPort443OfAwsOnly) {
  http_options given;
  given.tls = tls("/tls/c.pem", "/tls/k.pem");
  EXPECT_EQ(settings_of(given, flavour::aws_iot).server.alpn, "");
  given.port = 443;
  EXPECT_EQ(settings_of(given, flavour::aws_iot).server.alpn, "x-amzn-http-ca");
  EXPECT_EQ(settings_of(given, flavour::http).server.alpn, "");
  given.tls = tls("/tls/c.pem", "/tls/k.pem", "other");
  EXPECT_EQ(settings_of(given, flavour::aws_iot).server.alpn, "other");
}

TEST(HttpSettings, OfAwsSayWhatIsWrongWithAnEndpoint) {
  http_options given;
  given.endpoint = "https://x";
  EXPECT_EQ(problem_of(given, flavour::aws_iot),
            "endpoint: 'https://x' is a URL; give the host name alone, and 'port' beside it");
  given.endpoint = "x:8443";
  EXPECT_EQ(problem_of(given, flavour::aws_iot),
            "endpoint: 'x:8443' holds a port; give the host name alone, and 'port' beside it");
}

TEST(HttpRequest, HasItsHeadAndItsBodyInOnePiece) {
  http_options given;
  given.url = "https://x.example:8443/in";
  given.headers = map({{"X-Site", "tokyo"}});
  given.bearer_token = "secret";
  given.idempotency_header = "Idempotency-Key";
  given.compression = "gzip";
  EXPECT_EQ(request_of(given, "/in?a=1", flavour::http, "77"),
            "POST /in?a=1 HTTP/1.1\r\nHost: x.example:8443\r\nUser-Agent: tidegate\r\n"
            "Content-Type: application/json\r\nContent-Encoding: gzip\r\nX-Site: tokyo\r\n"
            "Authorization: Bearer secret\r\nIdempotency-Key: 77\r\nContent-Length: 3\r\n\r\n[1]");
}

TEST(HttpRequest, TakesAnotherUserAgent) {
  http_options given;
  given.headers = map({{"user-agent", "meter/2"}});
  EXPECT_EQ(
      request_of(given, "/in", flavour::http, ""),
      "POST /in HTTP/1.1\r\nHost: x.example\r\nContent-Type: application/json\r\nuser-agent: meter/2\r\n"
      "Content-Length: 3\r\n\r\n[1]");
}

TEST(HttpRequest, OfAwsHasTopicAndPropertiesInTheirPlaces) {
  http_options given;
  given.tls = tls("/tls/c.pem", "/tls/k.pem");
  given.retain = true;
  given.message_expiry = 30s;
  given.user_properties = map({{"site", "to\"kyo"}});
  EXPECT_EQ(
      request_of(given, "my/topic ä", flavour::aws_iot, "77"),
      "POST /topics/my%2Ftopic%20%C3%A4?qos=1&retain=true&contentType=application%2Fjson&messageExpiry=30 "
      "HTTP/1.1\r\nHost: a.example\r\nUser-Agent: tidegate\r\nContent-Type: application/json\r\n"
      "x-amz-mqtt5-payload-format-indicator: UTF8_DATA\r\nx-amz-mqtt5-user-properties: " +
          std::string{"W3sic2l0ZSI6InRvXCJreW8ifSx7Im1lc3NhZ2VfaWQiOiI3NyJ9XQ=="} +
          "\r\nContent-Length: 3\r\n\r\n[1]");
}

TEST(BearerFile, IsReadAnewWhenItChanges) {
  temporary_folder folder;
  http::bearer_file token{folder / "token"};
  const auto problem = [&](std::int64_t now) -> std::string {
    try {
      token.refresh(now);
      return token.token();
    } catch (const tidegate::error& thrown) {
      return thrown.what();
    }
  };
  EXPECT_EQ(problem(0),
            "cannot read " + ("bearer_token_file " + (folder / "token")) + ": No such file or directory");
  put(folder / "token", " \n");
  EXPECT_EQ(problem(1), "bearer_token_file " + (folder / "token") + " is empty; write the token into it");
  put(folder / "token", "two words");
  EXPECT_EQ(problem(2), "bearer_token_file " + (folder / "token") +
                            " holds no token: one word of letters, digits and signs, up to 16 KiB");
  put(folder / "token", "first\n");
  EXPECT_EQ(problem(3), "first");
  put(folder / "token", "second-one\n");
  EXPECT_EQ(problem(4), "first");  // not looked at each time
  EXPECT_EQ(problem(3'000'000'000), "second-one");
}

}  // namespace
}  // namespace tidegate::testing
