// The floor under generate -> http: posts bodies one after the other over one connection with mutual TLS, and
// waits for each answer, with nothing around the library.
//
//   http_floor beast|curl BODIES COUNT HOST PORT CA CERTIFICATE KEY
//
// BODIES has one body a line, which are sent in turn until COUNT are.
#include <curl/curl.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace {

struct task {
  std::vector<std::string> bodies;
  unsigned long count;
  std::string host;
  std::string port;
  std::string ca;
  std::string certificate;
  std::string key;
};

void fail(const std::string& why) {
  std::fprintf(stderr, "http_floor: %s\n", why.c_str());
  std::exit(1);
}

void post_by_beast(const task& of) {
  namespace asio = boost::asio;
  namespace http = boost::beast::http;
  using tcp = asio::ip::tcp;
  asio::io_context context;
  asio::ssl::context files{asio::ssl::context::tls_client};
  files.load_verify_file(of.ca);
  files.use_certificate_chain_file(of.certificate);
  files.use_private_key_file(of.key, asio::ssl::context::pem);
  files.set_verify_mode(asio::ssl::verify_peer);
  files.set_verify_callback(asio::ssl::host_name_verification{of.host});
  boost::beast::ssl_stream<tcp::socket> stream{context, files};
  tcp::resolver names{context};
  asio::connect(stream.next_layer(), names.resolve(of.host, of.port));
  stream.next_layer().set_option(tcp::no_delay{true});
  stream.handshake(asio::ssl::stream_base::client);
  http::request<http::string_body> request{http::verb::post, "/in", 11};
  request.set(http::field::host, of.host + ":" + of.port);
  request.set(http::field::user_agent, "floor");
  request.set(http::field::content_type, "application/json");
  boost::beast::flat_buffer buffer;
  for (unsigned long sent = 0; sent < of.count; ++sent) {
    request.body() = of.bodies[sent % of.bodies.size()];
    request.prepare_payload();
    http::write(stream, request);
    http::response<http::string_body> answer;
    http::read(stream, buffer, answer);
    if (answer.result_int() != 204) fail("the server answers " + std::to_string(answer.result_int()));
  }
}

void post_by_curl(const task& of) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  auto* handle = curl_easy_init();
  const auto url = "https://" + of.host + ":" + of.port + "/in";
  auto* headers = curl_slist_append(nullptr, "Content-Type: application/json");
  headers = curl_slist_append(headers, "Expect:");
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(handle, CURLOPT_CAINFO, of.ca.c_str());
  curl_easy_setopt(handle, CURLOPT_SSLCERT, of.certificate.c_str());
  curl_easy_setopt(handle, CURLOPT_SSLKEY, of.key.c_str());
  for (unsigned long sent = 0; sent < of.count; ++sent) {
    const auto& body = of.bodies[sent % of.bodies.size()];
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.c_str());
    if (const auto said = curl_easy_perform(handle); said != CURLE_OK) fail(curl_easy_strerror(said));
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    if (status != 204) fail("the server answers " + std::to_string(status));
  }
  curl_slist_free_all(headers);
  curl_easy_cleanup(handle);
}

}  // namespace

int main(int count, char** words) {
  if (count != 9) fail("needs 8 arguments");
  task given{{}, std::stoul(words[3]), words[4], words[5], words[6], words[7], words[8]};
  std::ifstream file{words[2]};
  for (std::string line; std::getline(file, line);) given.bodies.push_back(line);
  if (given.bodies.empty()) fail("no bodies");
  try {
    std::string{words[1]} == "curl" ? post_by_curl(given) : post_by_beast(given);
  } catch (const std::exception& thrown) {
    fail(thrown.what());
  }
}
