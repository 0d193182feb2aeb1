// A private key that never leaves its token: a smart card, an HSM, a TPM behind PKCS#11. OpenSSL reaches it
// by the engine pkcs11, which Debian has as libengine-pkcs11-openssl; it is loaded only when it is asked for.
#pragma once

#include <memory>
#include <string>

#include "tls/openssl.hpp"

namespace tidegate::tls {

struct token_key_name {
  std::string uri;     // "pkcs11:token=gateway;object=key" (RFC 7512)
  std::string module;  // the library of the token; empty: what p11-kit knows of
  std::string pin;     // a secret
};

// Throws tidegate::error, temporary. Any thread; asks the token.
std::shared_ptr<EVP_PKEY> load_token_key(const token_key_name& of);

}  // namespace tidegate::tls
