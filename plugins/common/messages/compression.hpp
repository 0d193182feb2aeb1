// Compresses payloads. One thread at a time.
#pragma once

#include <string>
#include <string_view>

namespace tidegate::messages {

enum class compression { none, gzip, zstd };

// "gzip", as HTTP calls it; empty for none.
std::string_view content_encoding_of(compression how);

// Replaces `into`. Throws tidegate::error, temporary, when there is no memory.
void compress(std::string_view payload, compression how, std::string& into);

}  // namespace tidegate::messages
