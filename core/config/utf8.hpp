// Whether bytes are UTF-8.
#pragma once

#include <string_view>

namespace tidegate::config {

// The offset of the first byte that is not part of a well-formed UTF-8 sequence; npos if all is well.
std::size_t invalid_utf8(std::string_view text);

}  // namespace tidegate::config
