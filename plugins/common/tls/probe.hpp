// Why a connection over TLS cannot be made, in one sentence.
//
// The MQTT library says "TCP/TLS connect failure" of every cause. After a failure that is not explained, this
// goes the same way once more by itself (name, TCP, handshake with the same files, one read) and names the
// first step that fails. Under TLS 1.3 a server refuses a client's certificate only after the client believes
// that the handshake is done, hence the read.
//
// Blocks for as long as the timeout at most; any thread. `stop` makes it return soon.
#pragma once

#include <atomic>

#include "tls/failure.hpp"

namespace tidegate::tls {

finding probe(const target& of, const std::atomic<bool>& stop);

// Whether the server's certificate is refused, which ends the handshake; anything else that is wrong is left
// to be found by whoever connects. For a library that looks at the host name only after it has completed the
// handshake.
finding check_server(const target& of, const std::atomic<bool>& stop);

// Only the first step: whether the name leads to an address. Blocks as long as the system's resolver does.
finding resolve(const target& of);

}  // namespace tidegate::tls
