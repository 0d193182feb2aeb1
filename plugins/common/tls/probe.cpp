#include "tls/probe.hpp"

#include <netdb.h>
#include <poll.h>

#include <cerrno>

#include "tls/client.hpp"
#include "tls/tcp.hpp"

namespace tidegate::tls {
namespace {

// How long a server may take to refuse a certificate after the handshake.
constexpr std::chrono::milliseconds second_thoughts{1000};

std::string seconds(std::chrono::milliseconds of) { return std::to_string((of.count() + 999) / 1000) + " s"; }

session make_session(SSL_CTX& from, const target& of, int socket) {
  session made{SSL_new(&from)};
  if (!made) return nullptr;
  SSL_set_fd(made.get(), socket);
  aim(*made, of.host);
  return made;
}

// What the library has to say of a call that failed; the queue of errors is empty afterwards.
finding said_failure(const target& of, const SSL& from) {
  const auto code = ERR_peek_error();
  ERR_clear_error();
  return tls_failure(of, from, code);
}

// Calls until it is done or has failed. The outcome of `call` is as that of SSL_read.
template <class Call>
patience::outcome drive(SSL& on, const patience& limit, int& said, Call call) {
  for (;;) {
    ERR_clear_error();
    said = call(on);
    if (said == 1) return patience::outcome::ready;
    const int wants = SSL_get_error(&on, said);
    if (wants != SSL_ERROR_WANT_READ && wants != SSL_ERROR_WANT_WRITE) return patience::outcome::ready;
    const auto waited = limit.wait_for(SSL_get_fd(&on), wants == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT);
    if (waited != patience::outcome::ready) return waited;
  }
}

// A server that accepts the certificate says nothing before it is spoken to.
finding listen(const target& of, SSL& on, const std::atomic<bool>& stop) {
  int said = 0;
  char any = 0;
  const auto waited =
      drive(on, patience{second_thoughts, stop}, said, [&](SSL& open) { return SSL_read(&open, &any, 1); });
  if (waited == patience::outcome::stopped) return {cause::stopped, {}};
  if (waited == patience::outcome::timed_out || said == 1) return {};
  return ERR_peek_error() == 0 ? finding{} : said_failure(of, on);
}

finding handshake(const target& of, int socket, const patience& limit, const std::atomic<bool>& stop) {
  const auto settings = make_context(of);
  const auto made = settings ? make_session(*settings, of, socket) : nullptr;
  if (!made) {
    ERR_clear_error();
    return {cause::other, "the files of 'tls' cannot be used by OpenSSL; check them with openssl x509 -text"};
  }
  int said = 0;
  switch (drive(*made, limit, said, [](SSL& open) { return SSL_connect(&open); })) {
    case patience::outcome::stopped:
      return {cause::stopped, {}};
    case patience::outcome::timed_out:
      return {cause::timed_out, of.at() +
                                    " takes the connection but does not answer the TLS handshake within " +
                                    seconds(of.timeout) + "; does it speak TLS on this port?"};
    default:
      return said == 1 ? listen(of, *made, stop) : said_failure(of, *made);
  }
}

}  // namespace

finding probe(const target& of, const std::atomic<bool>& stop) {
  const patience limit{of.timeout, stop};
  tcp_socket socket;
  if (const int failed = socket.connect(of.host, of.port, limit); failed != 0) return tcp_failure(of, failed);
  return of.with ? handshake(of, socket.get(), limit, stop) : finding{};
}

finding check_server(const target& of, const std::atomic<bool>& stop) {
  if (!of.with) return {};
  const patience limit{of.timeout, stop};
  tcp_socket socket;
  if (socket.connect(of.host, of.port, limit) != 0) return {};
  const auto settings = make_context(of);
  const auto made = settings ? make_session(*settings, of, socket.get()) : nullptr;
  if (!made) return {};
  int said = 0;
  const auto ended = drive(*made, limit, said, [](SSL& open) { return SSL_connect(&open); });
  ERR_clear_error();
  if (ended != patience::outcome::ready || said == 1) return {};
  return server_failure(of, *made);
}

finding resolve(const target& of) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int said = ::getaddrinfo(of.host.c_str(), nullptr, &wanted, &found);
  if (said != 0) return name_failure(of, said);
  ::freeaddrinfo(found);
  return {};
}

}  // namespace tidegate::tls
