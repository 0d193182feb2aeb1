// A server as it is configured and as it is told: a host name or an address, and its port.
#pragma once

#include <cstdint>
#include <string>

namespace tidegate::tls {

// "broker.example:8883", "[::1]:8883".
std::string address_text(const std::string& host, std::uint16_t port);

// Throws tidegate::error, configuration, of `option`: if it is empty (`whose`: "the broker"), a URL, or holds
// what is not of the name.
void check_host(const std::string& host, const std::string& option, const std::string& whose);

}  // namespace tidegate::tls
