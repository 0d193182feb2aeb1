// The checksum at the end of a frame.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tidegate/options.hpp"

namespace tidegate::codec {

enum class checksum_kind { xor8, sum8, sum16, crc8, crc16_modbus, crc16_ccitt, crc32 };

// Of all bytes. Pure.
std::uint32_t checksum_of(checksum_kind kind, std::string_view bytes) noexcept;

// Immutable; any thread.
class checksum {
 public:
  // By the value of `framing.checksum`; a null value is none. Throws tidegate::error (configuration) with a
  // path relative to `framing`.
  static std::optional<checksum> make(const options& framing);

  // The frame without its checksum, or nothing if that is wrong or missing.
  std::optional<std::string_view> checked(std::string_view frame) const noexcept;

 private:
  checksum() = default;

  checksum_kind kind_ = checksum_kind::xor8;
  bool is_hex_ = false;
  bool is_big_endian_ = true;
  std::string separator_;
  std::size_t skipped_ = 0;
};

}  // namespace tidegate::codec
