#include "tls/probe.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>

#include <cerrno>
#include <cstring>

#include "tidegate/error.hpp"
#include "tls/openssl.hpp"
#include "tls/tcp.hpp"
#include "tls/x509_text.hpp"

namespace tidegate::tls {
namespace {

// How long a server may take to refuse a certificate after the handshake.
constexpr std::chrono::milliseconds second_thoughts{1000};
constexpr int alert_base = SSL_AD_REASON_OFFSET;

std::string seconds(std::chrono::milliseconds of) { return std::to_string((of.count() + 999) / 1000) + " s"; }

// ---- TCP -----------------------------------------------------------------------------------------

finding name_failure(const target& of, int code) {
  return {cause::name_not_found, "cannot find the host '" + of.host + "': " + ::gai_strerror(code) +
                                     "; check 'endpoint' and the network of this machine"};
}

finding tcp_failure(const target& of, int failed) {
  if (failed == ECANCELED) return {cause::stopped, {}};
  if (failed < 0) return name_failure(of, failed);
  if (failed == ECONNREFUSED)
    return {cause::refused, of.at() + " refuses connections; is the broker running, and is 'port' right?"};
  if (failed == ETIMEDOUT)
    return {cause::timed_out, of.at() + " does not answer within " + seconds(of.timeout) +
                                  "; a firewall may drop what goes to port " + std::to_string(of.port) +
                                  (of.port == 8883 ? ", while port 443 is often open" : "")};
  return {cause::unreachable,
          "cannot reach " + of.at() + ": " + std::strerror(failed) + "; check the network of this machine"};
}

// ---- TLS -----------------------------------------------------------------------------------------

int give_passphrase(char* buffer, int capacity, int, void* user) {
  const auto& text = *static_cast<const std::string*>(user);
  const auto length = static_cast<int>(text.size());
  if (length == 0 || length > capacity) return -1;
  std::memcpy(buffer, text.data(), text.size());
  return length;
}

bool load_files(SSL_CTX& into, const credentials& from) {
  if (from.ca_path().empty()) {
    SSL_CTX_set_default_verify_paths(&into);
  } else if (SSL_CTX_load_verify_locations(&into, from.ca_path().c_str(), nullptr) != 1) {
    return false;
  }
  if (from.certificate_path().empty()) return true;
  SSL_CTX_set_default_passwd_cb(&into, &give_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(&into, const_cast<std::string*>(&from.key_passphrase()));
  return SSL_CTX_use_certificate_chain_file(&into, from.certificate_path().c_str()) == 1 &&
         SSL_CTX_use_PrivateKey_file(&into, from.key_path().c_str(), SSL_FILETYPE_PEM) == 1;
}

context make_context(const target& of) {
  context made{SSL_CTX_new(TLS_client_method())};
  if (!made) return nullptr;
  SSL_CTX_set_min_proto_version(made.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(made.get(), SSL_VERIFY_PEER, nullptr);
  if (!of.cipher_suites.empty()) SSL_CTX_set_cipher_list(made.get(), of.cipher_suites.c_str());
  if (!load_files(*made, *of.with)) return nullptr;
  if (!of.alpn.empty()) {
    const auto wire = static_cast<char>(of.alpn.size()) + of.alpn;
    SSL_CTX_set_alpn_protos(made.get(), reinterpret_cast<const unsigned char*>(wire.data()),
                            static_cast<unsigned>(wire.size()));
  }
  return made;
}

bool is_address(const std::string& host) {
  in6_addr any{};
  return ::inet_pton(AF_INET, host.c_str(), &any) == 1 || ::inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

session make_session(SSL_CTX& from, const target& of, int socket) {
  session made{SSL_new(&from)};
  if (!made) return nullptr;
  SSL_set_fd(made.get(), socket);
  if (is_address(of.host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(made.get()), of.host.c_str());
  } else {
    SSL_set1_host(made.get(), of.host.c_str());
  }
  SSL_set_tlsext_host_name(made.get(), of.host.c_str());
  return made;
}

// The certificate that the server showed and that is nearest to a root.
const X509* top_of_chain(const SSL& from) {
  const auto* chain = SSL_get_peer_cert_chain(&from);
  const int count = sk_X509_num(chain);
  return count > 0 ? sk_X509_value(chain, count - 1) : nullptr;
}

std::string trust_of(const target& of) {
  return of.files.ca.empty() ? "is not trusted by this machine; give it as tls.ca"
                             : "is not in tls.ca " + of.files.ca + "; put it there";
}

finding refused_server(const target& of, const SSL& from, long verdict) {
  const auto whose = "the certificate of " + of.at();
  const auto* chain = SSL_get_peer_cert_chain(&from);
  const auto* leaf = sk_X509_num(chain) > 0 ? sk_X509_value(chain, 0) : nullptr;
  if (leaf == nullptr) return {cause::other, of.at() + " shows no certificate"};
  const auto clock = " (the clock here says " + day_text(of.now_utc) + ")";
  switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return {cause::expired, whose + " expired at " + date_text(valid_until(*leaf)) + clock +
                                  "; renew it there, or set the clock here"};
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return {cause::not_yet_valid, whose + " is not valid before " + date_text(valid_from(*leaf)) + clock +
                                        "; set the clock here"};
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return {cause::wrong_host, whose + " is for " + names_of(*leaf) + ", not for " + of.host +
                                     "; correct 'endpoint', or the certificate there"};
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return {cause::unknown_ca,
              whose + " is signed by '" + issuer_of(*top_of_chain(from)) + "', which " + trust_of(of)};
    default:
      return {cause::other, whose + " is not accepted: " + X509_verify_cert_error_string(verdict)};
  }
}

// Alerts of TLS by which a server speaks of the client's certificate.
bool is_about_client_certificate(int alert) {
  switch (alert) {
    case SSL_AD_HANDSHAKE_FAILURE:
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case SSL_AD_CERTIFICATE_REQUIRED:
      return true;
    default:
      return false;
  }
}

finding refused_client(const target& of, int alert) {
  const std::string said = SSL_alert_desc_string_long(alert);
  if (alert == SSL_AD_NO_APPLICATION_PROTOCOL)
    return {cause::alpn_refused, of.at() + " does not take the application protocol '" + of.alpn +
                                     "' (ALPN); correct tls.alpn or 'port'"};
  if (!is_about_client_certificate(alert))
    return {cause::other, of.at() + " ends the TLS handshake with the alert '" + said + "'"};
  if (of.files.certificate.empty())
    return {cause::client_certificate_missing,
            of.at() + " wants a client certificate; give tls.certificate and tls.key"};
  return {cause::client_certificate_refused, of.at() + " refuses the client certificate tls.certificate " +
                                                 of.files.certificate + " (TLS alert '" + said +
                                                 "'); register and activate it there"};
}

// What the library has to say of a call that failed; the queue of errors is empty afterwards.
finding tls_failure(const target& of, const SSL& from) {
  const auto code = ERR_peek_error();
  const int reason = ERR_GET_REASON(code);
  ERR_clear_error();
  if (const auto verdict = SSL_get_verify_result(&from); verdict != X509_V_OK)
    return refused_server(of, from, verdict);
  if (reason > alert_base && reason < alert_base + 256) return refused_client(of, reason - alert_base);
  if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST)
    return {cause::no_tls, of.at() + " does not speak TLS; correct 'port', or leave 'tls' out"};
  if (code == 0 || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
    return {cause::other, of.at() + " closes the connection during the TLS handshake" +
                              (of.alpn.empty() ? "; is 'port' right?"
                                               : "; does this port have the application protocol '" +
                                                     of.alpn + "' (tls.alpn)?")};
  const auto* text = ERR_reason_error_string(code);
  return {cause::other, "the TLS handshake with " + of.at() + " fails: " + (text ? text : "unknown error")};
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
  return ERR_peek_error() == 0 ? finding{} : tls_failure(of, on);
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
      return said == 1 ? listen(of, *made, stop) : tls_failure(of, *made);
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
  const auto verdict = SSL_get_verify_result(made.get());
  return verdict == X509_V_OK ? finding{} : refused_server(of, *made, verdict);
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
