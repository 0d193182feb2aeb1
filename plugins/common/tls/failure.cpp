#include "tls/failure.hpp"

#include <netdb.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "tls/x509_text.hpp"

namespace tidegate::tls {
namespace {

constexpr int alert_base = SSL_AD_REASON_OFFSET;

std::string seconds(std::chrono::milliseconds of) { return std::to_string((of.count() + 999) / 1000) + " s"; }

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

// The server's own, or one above it, of which the server shows some and this machine has others.
finding expired_server(const target& of, const SSL& from, const std::string& whose,
                       const std::string& clock) {
  const auto* chain = SSL_get_peer_cert_chain(&from);
  for (int index = 0; index < sk_X509_num(chain); ++index) {
    const auto& each = *sk_X509_value(chain, index);
    if (valid_until(each) >= of.now_utc) continue;
    const auto what = index == 0 ? whose : whose + " is signed by '" + subject_of(each) + "', which";
    return {cause::expired, what + " expired at " + date_text(valid_until(each)) + clock +
                                "; renew it there, or set the clock here"};
  }
  return {cause::expired,
          whose + " is signed by '" + issuer_of(*top_of_chain(from)) + "', which has expired" + clock +
              "; put its successor " +
              (of.files.ca.empty() ? "among those that this machine trusts" : "into tls.ca " + of.files.ca) +
              ", or set the clock here"};
}

finding refused_server(const target& of, const SSL& from, long verdict) {
  const auto whose = "the certificate of " + of.at();
  const auto* chain = SSL_get_peer_cert_chain(&from);
  const auto* leaf = sk_X509_num(chain) > 0 ? sk_X509_value(chain, 0) : nullptr;
  if (leaf == nullptr) return {cause::other, of.at() + " shows no certificate"};
  const auto clock = " (the clock here says " + day_text(of.now_utc) + ")";
  switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return expired_server(of, from, whose, clock);
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return {cause::not_yet_valid, whose + " is not valid before " + date_text(valid_from(*leaf)) + clock +
                                        "; set the clock here"};
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return {cause::wrong_host, whose + " is for " + names_of(*leaf) + ", not for " + of.host +
                                     "; correct '" + of.host_option + "', or the certificate there"};
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

std::string mend_of(int alert) {
  switch (alert) {
    case SSL_AD_UNKNOWN_CA:
      return "; it does not know who signed it: register that CA there, or give one that it knows";
    case SSL_AD_CERTIFICATE_EXPIRED:
      return "; renew it, or set the clock there";
    case SSL_AD_CERTIFICATE_REVOKED:
      return "; it was revoked: get a new one";
    default:
      return "; register and activate it there";
  }
}

finding refused_client(const target& of, int alert) {
  const std::string said = SSL_alert_desc_string_long(alert);
  if (alert == SSL_AD_NO_APPLICATION_PROTOCOL)
    return {cause::alpn_refused, of.at() + " does not take the application protocol '" + of.alpn +
                                     "' (ALPN); correct tls.alpn or '" + of.port_option + "'"};
  if (!is_about_client_certificate(alert))
    return {cause::other, of.at() + " ends the TLS handshake with the alert '" + said + "'"};
  if (of.files.certificate.empty())
    return {cause::client_certificate_missing,
            of.at() + " wants a client certificate; give tls.certificate and tls.key"};
  return {cause::client_certificate_refused, of.at() + " refuses the client certificate tls.certificate " +
                                                 of.files.certificate + " (TLS alert '" + said + "')" +
                                                 mend_of(alert)};
}

}  // namespace

finding name_failure(const target& of, int code) {
  return {cause::name_not_found, "cannot find the host '" + of.host + "': " + ::gai_strerror(code) +
                                     "; check '" + of.host_option + "' and the network of this machine"};
}

finding tcp_failure(const target& of, int failed) {
  if (failed == ECANCELED) return {cause::stopped, {}};
  if (failed < 0) return name_failure(of, failed);
  if (failed == ECONNREFUSED)
    return {cause::refused, of.at() + " refuses connections; is the " + of.server + " running, and is '" +
                                of.port_option + "' right?"};
  if (failed == ETIMEDOUT)
    return {cause::timed_out,
            of.at() + " does not answer within " + seconds(of.timeout) +
                "; a firewall may drop what goes to port " + std::to_string(of.port) +
                (of.port == 8883 || of.port == 8443 ? ", while port 443 is often open" : "")};
  return {cause::unreachable,
          "cannot reach " + of.at() + ": " + std::strerror(failed) + "; check the network of this machine"};
}

finding tls_failure(const target& of, const SSL& from, unsigned long code) {
  const int reason = ERR_GET_REASON(code);
  if (const auto verdict = SSL_get_verify_result(&from); verdict != X509_V_OK)
    return refused_server(of, from, verdict);
  if (reason > alert_base && reason < alert_base + 256) return refused_client(of, reason - alert_base);
  if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST)
    return {cause::no_tls, of.at() + " does not speak TLS; correct '" + of.port_option + "'" +
                               (std::string_view{of.port_option} == "port" ? ", or leave 'tls' out" : "")};
  if (code == 0 || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
    return {cause::other, of.at() + " closes the connection during the TLS handshake" +
                              (of.alpn.empty() ? "; is '" + std::string{of.port_option} + "' right?"
                                               : "; does this port have the application protocol '" +
                                                     of.alpn + "' (tls.alpn)?")};
  const auto* text = ERR_reason_error_string(code);
  return {cause::other, "the TLS handshake with " + of.at() + " fails: " + (text ? text : "unknown error")};
}

finding server_failure(const target& of, const SSL& from) {
  const auto verdict = SSL_get_verify_result(&from);
  return verdict == X509_V_OK ? finding{} : refused_server(of, from, verdict);
}

}  // namespace tidegate::tls
