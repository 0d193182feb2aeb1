// What fails on the way to a server, in one sentence for an operator: the name, TCP, the server's
// certificate, ours, ALPN. Pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "tls/credentials.hpp"
#include "tls/endpoint.hpp"
#include "tls/openssl.hpp"

namespace tidegate::tls {

struct target {
  std::string host;
  std::uint16_t port = 0;
  std::chrono::milliseconds timeout{10'000};
  // Null: plain TCP.
  std::shared_ptr<const credentials> with;
  file_names files;  // for messages
  std::string alpn;  // one protocol; empty: none is offered
  std::string cipher_suites;
  std::int64_t now_utc = 0;              // for messages
  const char* server = "broker";         // what it is called
  const char* host_option = "endpoint";  // and where its name and port are configured
  const char* port_option = "port";

  std::string at() const { return address_text(host, port); }
};

enum class cause {
  none,  // the connection can be made
  stopped,
  name_not_found,
  refused,
  timed_out,
  unreachable,
  no_tls,
  unknown_ca,
  expired,
  not_yet_valid,
  wrong_host,
  client_certificate_missing,
  client_certificate_refused,
  alpn_refused,
  other,
};

struct finding {
  cause why = cause::none;
  std::string text;  // empty with `none` and `stopped`
};

// `code` is EAI_..., as getaddrinfo returns it.
finding name_failure(const target& of, int code);
// `failed` is an errno; ETIMEDOUT and ECANCELED for a limit and a wish to stop.
finding tcp_failure(const target& of, int failed);
// Of a call of the library on `from` that left this code in the queue of errors; 0 if it left none.
finding tls_failure(const target& of, const SSL& from, unsigned long code);
// The server's certificate, if `from` has found that it cannot be trusted.
finding server_failure(const target& of, const SSL& from);

}  // namespace tidegate::tls
