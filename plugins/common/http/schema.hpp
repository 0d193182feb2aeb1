// The options that `http` and `aws-iot-http` have in common (sdk/OPTIONS.md): members of an object, without
// its braces.
#pragma once

#include <string_view>

namespace tidegate::http {

inline constexpr std::string_view schema_begin = R"({"properties": {
)";
inline constexpr std::string_view schema_end = R"(
}})";

// Behind those of the sink itself.
inline constexpr std::string_view shared_schema = R"(,
    "content_type": {
      "type": "string", "examples": ["application/json"],
      "description": "What is said of each body; that of the encoding if it is not given."
    },
    "compression": {
      "type": "string", "enum": ["none", "gzip", "zstd"], "default": "none",
      "description": "Of bodies."
    },
    "connect_timeout": {
      "type": "string", "unit": "duration", "default": "10s", "minimum": "100ms", "maximum": "2m",
      "description": "How long it may take until there is a connection, with name, proxy and TLS."
    },
    "timeout": {
      "type": "string", "unit": "duration", "default": "30s", "minimum": "100ms", "maximum": "10m",
      "description": "How long a request may take until the whole answer is there."
    },
    "idle_timeout": {
      "type": "string", "unit": "duration", "default": "30s", "minimum": "100ms", "maximum": "1h",
      "description": "After so long without a request a connection is closed. Less than the server's own limit, or now and then a request meets a connection that is being closed."
    },
    "response_max_size": {
      "type": "string", "unit": "size", "default": "64KiB", "minimum": "1KiB", "maximum": "16MiB",
      "description": "How much of an answer is read."
    },
    "limits": {
      "type": "object", "default": {},
      "description": "What is sent at most.",
      "properties": {
        "requests_per_second": {"type": "integer", "minimum": 1, "examples": [100], "description": "In the long run; a second's worth may go at once."},
        "bytes_per_second": {"type": "string", "unit": "size", "minimum": "1KiB", "examples": ["512KiB"], "description": "Of bodies, counted in the same way."}
      }
    },
    "proxy": {
      "type": "object",
      "description": "An HTTP proxy through which the server is reached (CONNECT). It sees the host's name and what is encrypted.",
      "properties": {
        "endpoint": {"type": "string", "required": true, "examples": ["proxy.example"], "description": "Its host name or address."},
        "port": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 3128, "description": "Its port."},
        "username": {"type": "string", "description": "If the proxy wants one."},
        "password": {"type": "string", "secret": true, "examples": ["${credential:proxy}"], "description": "Of the user."}
      }
    },
    "retry": {
      "type": "object", "default": {},
      "description": "Delays after trouble: drawn between zero and a bound that doubles from min to max.",
      "properties": {
        "min": {"type": "string", "unit": "duration", "default": "1s", "minimum": "1ms", "description": "The first bound."},
        "max": {"type": "string", "unit": "duration", "default": "2m", "minimum": "1ms", "description": "The last bound, and the longest delay after a refusal that only a human can mend."}
      }
    })";

inline constexpr std::string_view tls_members = R"(
        "ca": {"type": "string", "unit": "path", "examples": ["root.pem"], "description": "Certificates (PEM, several may stand in one file) by one of which the server's must be signed; if not given, those that this machine trusts."},
        "certificate": {"type": "string", "unit": "path", "examples": ["certificate.pem.crt"], "description": "The client's certificate (PEM), with those between it and the CA behind it. Read anew when the file changes."},
        "key": {"type": "string", "unit": "path", "examples": ["private.pem.key"], "description": "Its private key (PEM). Nobody but the daemon's user may be able to read it."},
        "key_passphrase": {"type": "string", "secret": true, "examples": ["${credential:key}"], "description": "If the key is encrypted; of a key in a token, its PIN."},
        "key_uri": {"type": "string", "examples": ["pkcs11:token=gateway;object=key"], "description": "Instead of key, a key that stays in a token (PKCS#11, RFC 7512). Needs Debian's package libengine-pkcs11-openssl."},
        "pkcs11_module": {"type": "string", "unit": "path", "examples": ["/usr/lib/softhsm/libsofthsm2.so"], "description": "The library of the token; if not given, what p11-kit knows of. One in a gateway."},
)";

}  // namespace tidegate::http
