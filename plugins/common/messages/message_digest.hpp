// What a message is recognised by when it is sent again: a digest of topic and payload.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidegate::messages {

// A value.
struct message_digest {
  std::array<std::uint8_t, 16> bytes{};
  bool operator==(const message_digest&) const = default;
  // 32 hexadecimal digits.
  std::string text() const;
};

// Of SHA-256: the same after a restart, and on another machine's screen. `sender` keeps those of two gateways
// apart that send the same.
message_digest digest_of(std::string_view sender, std::string_view topic, std::string_view payload);
// For what this process compares and nobody sees, at a tenth of the cost: of XXH3.
message_digest quick_digest_of(std::string_view topic, std::string_view payload);

struct digest_hash {
  std::size_t operator()(const message_digest& of) const noexcept {
    std::size_t made = 0;
    for (std::size_t index = 0; index < sizeof made; ++index) made = made << 8 | of.bytes[index];
    return made;
  }
};

}  // namespace tidegate::messages
