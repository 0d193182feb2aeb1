// Which cipher suites are offered.
#pragma once

#include <string_view>

namespace tidegate::tls {

// For TLS 1.2 those that AWS IoT Core has, those it recommends first; OpenSSL's own list has nine others,
// which its Device Advisor warns of. TLS 1.3 has AWS's three by itself.
inline constexpr std::string_view aws_cipher_suites =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:"
    "ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:"
    "AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA256:AES256-SHA256:AES128-SHA:AES256-SHA";

// For any other broker: forward secrecy and authenticated encryption only.
inline constexpr std::string_view modern_cipher_suites =
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:!aNULL:!eNULL";

}  // namespace tidegate::tls
