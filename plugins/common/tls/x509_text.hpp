// Certificates as an operator reads them.
#pragma once

#include <cstdint>
#include <string>

#include "tls/openssl.hpp"

namespace tidegate::tls {

// "CN=broker,O=Example" of the subject, and of who signed it.
std::string subject_of(const X509& certificate);
std::string issuer_of(const X509& certificate);
// The names that a server's certificate is for: "a.example, *.b.example, 10.0.0.1"; its common name where it
// has no others.
std::string names_of(const X509& certificate);

// UTC nanoseconds since 1970.
std::int64_t valid_from(const X509& certificate);
std::int64_t valid_until(const X509& certificate);
// "2026-11-24 12:00:00 UTC"
std::string date_text(std::int64_t utc);
// "2026-11-24": what a message says of the clock, so that it is the same message at the next try.
std::string day_text(std::int64_t utc);

}  // namespace tidegate::tls
