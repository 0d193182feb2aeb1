// A client's side of TLS, made of the options: contexts and sessions of OpenSSL. The server's certificate is
// always verified, with its name. Any thread.
#pragma once

#include "tls/failure.hpp"
#include "tls/openssl.hpp"

namespace tidegate::tls {

// Null if OpenSSL cannot use the files.
context make_context(const target& of);
// Sets the name that is sent (SNI) and verified.
void aim(SSL& of, const std::string& host);

}  // namespace tidegate::tls
