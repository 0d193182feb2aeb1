#include "tls/client.hpp"

#include <arpa/inet.h>

#include <cstring>

namespace tidegate::tls {
namespace {

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
  if (SSL_CTX_use_certificate_chain_file(&into, from.certificate_path().c_str()) != 1) return false;
  if (from.token_key() != nullptr) return SSL_CTX_use_PrivateKey(&into, from.token_key()) == 1;
  SSL_CTX_set_default_passwd_cb(&into, &give_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(&into, const_cast<std::string*>(&from.key_passphrase()));
  return SSL_CTX_use_PrivateKey_file(&into, from.key_path().c_str(), SSL_FILETYPE_PEM) == 1;
}

bool is_address(const std::string& host) {
  in6_addr any{};
  return ::inet_pton(AF_INET, host.c_str(), &any) == 1 || ::inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

}  // namespace

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

void aim(SSL& of, const std::string& host) {
  if (is_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(&of), host.c_str());
    return;  // SNI has names only
  }
  SSL_set1_host(&of, host.c_str());
  SSL_set_tlsext_host_name(&of, host.c_str());
}

}  // namespace tidegate::tls
