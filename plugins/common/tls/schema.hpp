// The members of the option `tls` (sdk/OPTIONS.md), so that files and keys are named alike in every plugin.
//
// What ends within its description is ended by the plugin, with what is its own.
#pragma once

#include <string_view>

namespace tidegate::tls::schema {

inline constexpr std::string_view files = R"(
        "ca": {"type": "string", "unit": "path", "examples": ["root.pem"], "description": "Certificates (PEM, several may stand in one file) by one of which the server's must be signed; if not given, those that this machine trusts."},
        "certificate": {"type": "string", "unit": "path", "examples": ["certificate.pem.crt"], "description": "The client's certificate (PEM), with those between it and the CA behind it. Read anew when the file changes."},
        "key": {"type": "string", "unit": "path", "examples": ["private.pem.key"], "description": "Its private key (PEM). Nobody but the daemon's user may be able to read it."},
        "key_passphrase": {"type": "string", "secret": true, "examples": ["${credential:key}"], "description": "If the key is encrypted)";

// Without keys in tokens.
inline constexpr std::string_view files_end = R"(."},)";

// For who holds the session, and can use a key that stays in a token.
inline constexpr std::string_view token = R"(; of a key in a token, its PIN."},
        "key_uri": {"type": "string", "examples": ["pkcs11:token=gateway;object=key"], "description": "Instead of key, a key that stays in a token (PKCS#11, RFC 7512). Needs Debian's package libengine-pkcs11-openssl."},
        "pkcs11_module": {"type": "string", "unit": "path", "examples": ["/usr/lib/softhsm/libsofthsm2.so"], "description": "The library of the token; if not given, what p11-kit knows of. One in a gateway."},)";

// `alpn` is the last, with a description of the plugin's.
inline constexpr std::string_view alpn = R"(
        "alpn": {"type": "string", "description": ")";
inline constexpr std::string_view end = R"(
      }
    })";

}  // namespace tidegate::tls::schema
