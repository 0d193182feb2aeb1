#include "tls/endpoint.hpp"

#include <algorithm>

#include "tidegate/error.hpp"

namespace tidegate::tls {

std::string address_text(const std::string& host, std::uint16_t port) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

void check_host(const std::string& host, const std::string& option, const std::string& whose) {
  const auto shown = "'" + host + "' ";
  if (host.empty()) throw configuration_error(option, "must not be empty; name the host of " + whose);
  if (host.find('/') != std::string::npos)
    throw configuration_error(option, shown + "is a URL; give the host name alone, and 'port' beside it");
  if (host.front() == '[')
    throw configuration_error(option, shown + "is in brackets, which URLs have; give the address alone");
  if (std::count(host.begin(), host.end(), ':') == 1)
    throw configuration_error(option, shown + "holds a port; give the host name alone, and 'port' beside it");
  if (std::any_of(host.begin(), host.end(), [](char c) { return c <= ' ' || c == 0x7f; }))
    throw configuration_error(option, shown + "holds a blank or a control character; correct it");
}

}  // namespace tidegate::tls
