#include "peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

namespace tidegate::socket_source {

std::string peer_text(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  } else if (address.ss_family == AF_INET6) {
    const auto& of = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    // A peer has one address, whether the socket takes IPv4 alone or both.
    if (IN6_IS_ADDR_V4MAPPED(&of))
      ::inet_ntop(AF_INET, of.s6_addr + 12, text, sizeof text);
    else
      ::inet_ntop(AF_INET6, &of, text, sizeof text);
  }
  return text;
}

}  // namespace tidegate::socket_source
