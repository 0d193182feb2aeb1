// Engines are what Debian 12 has for PKCS#11; OpenSSL would have providers.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "tls/token_key.hpp"

#include <openssl/engine.h>

#include "tidegate/error.hpp"

namespace tidegate::tls {
namespace {

// One in the process: its library can be opened once, and is never closed.
ENGINE* engine(const std::string& module) {
  static ENGINE* const found = [] {
    ENGINE_load_dynamic();
    return ENGINE_by_id("pkcs11");
  }();
  if (found == nullptr)
    throw temporary("tls.key_uri needs the engine pkcs11 of OpenSSL; install libengine-pkcs11-openssl");
  static const bool is_ready = [&] {
    if (!module.empty() && ENGINE_ctrl_cmd_string(found, "MODULE_PATH", module.c_str(), 0) != 1) return false;
    return ENGINE_init(found) == 1;
  }();
  if (!is_ready)
    throw temporary("tls.pkcs11_module " + (module.empty() ? "(that of p11-kit)" : module) +
                    " cannot be opened; is it the library of a token? Restart the gateway when it is");
  return found;
}

}  // namespace

std::shared_ptr<EVP_PKEY> load_token_key(const token_key_name& of) {
  ERR_clear_error();
  auto* from = engine(of.module);
  if (!of.pin.empty()) ENGINE_ctrl_cmd_string(from, "PIN", of.pin.c_str(), 0);
  auto* found = ENGINE_load_private_key(from, of.uri.c_str(), nullptr, nullptr);
  ERR_clear_error();
  if (found == nullptr)
    throw temporary("tls.key_uri '" + of.uri +
                    "' leads to no key; is the token there, and tls.key_passphrase its PIN?");
  return {found, &EVP_PKEY_free};
}

}  // namespace tidegate::tls
