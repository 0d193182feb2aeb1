// Who sent something.
#pragma once

#include <sys/socket.h>

#include <string>

namespace tidegate::socket_source {

// The address, without the port, which is another one each time; "192.0.2.7", "2001:db8::7". Empty for what
// has none.
std::string peer_text(const sockaddr_storage& address);

}  // namespace tidegate::socket_source
