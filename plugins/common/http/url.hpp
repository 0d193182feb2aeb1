// URLs: what `url` names, and how a value becomes a part of one without leaving its place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidegate::http {

struct url {
  bool uses_tls = true;
  std::string host;  // an IPv6 address without its brackets
  std::uint16_t port = 443;
  std::string path;  // and query, with the placeholders; begins with '/'
};

// Throws tidegate::error, configuration, of `option`. Placeholders stand behind the host only.
url parse_url(std::string_view text, const std::string& option);

// All but letters, digits and "-._~" as %XX.
std::string percent_encoded(std::string_view text);

// Appends a value to a URL. It stays within its segment, or its part of the query: '/', '\' and control
// characters become '_', and so does a dot of a value that would make "." or ".." of a segment; all that
// means something in a URL is percent-encoded. Servers decode before they look for "..": hence not %2F.
void append_to_url(std::string& to, std::string_view value);

}  // namespace tidegate::http
