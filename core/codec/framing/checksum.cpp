#include "codec/framing/checksum.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "codec/settings.hpp"

namespace tidegate::codec {
namespace {

using table = std::array<std::uint32_t, 256>;

// `polynomial` of `bits`, most significant bit first.
constexpr table make_forward(std::uint32_t polynomial, int bits) {
  table made{};
  const std::uint32_t top = 1U << (bits - 1);
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t rest = byte << (bits - 8);
    for (int bit = 0; bit < 8; ++bit) rest = (rest & top) != 0 ? rest << 1 ^ polynomial : rest << 1;
    made[byte] = rest;
  }
  return made;
}

// The same, least significant bit first: `polynomial` is given reversed.
constexpr table make_reflected(std::uint32_t polynomial) {
  table made{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = (rest & 1) != 0 ? rest >> 1 ^ polynomial : rest >> 1;
    made[byte] = rest;
  }
  return made;
}

constexpr std::uint8_t byte_of(char byte) { return static_cast<std::uint8_t>(byte); }

std::uint32_t crc8(std::string_view bytes) {
  static constexpr auto rests = make_forward(0x07, 8);
  std::uint32_t rest = 0;
  for (const char byte : bytes) rest = rests[(rest ^ byte_of(byte)) & 0xFF] & 0xFF;
  return rest;
}

std::uint32_t crc16_ccitt(std::string_view bytes) {
  static constexpr auto rests = make_forward(0x1021, 16);
  std::uint32_t rest = 0xFFFF;
  for (const char byte : bytes) rest = (rest << 8 ^ rests[(rest >> 8 ^ byte_of(byte)) & 0xFF]) & 0xFFFF;
  return rest;
}

std::uint32_t reflected(const table& rests, std::uint32_t rest, std::string_view bytes) {
  for (const char byte : bytes) rest = rest >> 8 ^ rests[(rest ^ byte_of(byte)) & 0xFF];
  return rest;
}

constexpr std::size_t width_of(checksum_kind kind) {
  switch (kind) {
    case checksum_kind::crc32:
      return 4;
    case checksum_kind::sum16:
    case checksum_kind::crc16_modbus:
    case checksum_kind::crc16_ccitt:
      return 2;
    default:
      return 1;
  }
}

constexpr std::array<std::pair<std::string_view, checksum_kind>, 7> kinds{
    {{"xor", checksum_kind::xor8},
     {"sum8", checksum_kind::sum8},
     {"sum16", checksum_kind::sum16},
     {"crc8", checksum_kind::crc8},
     {"crc16-modbus", checksum_kind::crc16_modbus},
     {"crc16-ccitt", checksum_kind::crc16_ccitt},
     {"crc32", checksum_kind::crc32}}};

checksum_kind read_kind(const options& of) {
  const auto type = text_or(of, "type", "");
  for (const auto& [name, kind] : kinds)
    if (name == type) return kind;
  throw configuration_error("checksum.type",
                            "must be one of xor, sum8, sum16, crc8, crc16-modbus, "
                            "crc16-ccitt, crc32; this is '" +
                                type + "'");
}

}  // namespace

std::uint32_t checksum_of(checksum_kind kind, std::string_view bytes) noexcept {
  static constexpr auto modbus = make_reflected(0xA001);
  static constexpr auto ethernet = make_reflected(0xEDB88320);
  std::uint32_t sum = 0;
  switch (kind) {
    case checksum_kind::crc8:
      return crc8(bytes);
    case checksum_kind::crc16_ccitt:
      return crc16_ccitt(bytes);
    case checksum_kind::crc16_modbus:
      return reflected(modbus, 0xFFFF, bytes);
    case checksum_kind::crc32:
      return ~reflected(ethernet, 0xFFFFFFFF, bytes);
    case checksum_kind::xor8:
      for (const char byte : bytes) sum ^= byte_of(byte);
      return sum;
    default:
      for (const char byte : bytes) sum += byte_of(byte);
      return kind == checksum_kind::sum8 ? sum & 0xFF : sum & 0xFFFF;
  }
}

std::optional<checksum> checksum::make(const options& framing) {
  if (!framing.has("checksum")) return std::nullopt;
  const auto of = framing["checksum"];
  checksum made;
  made.kind_ = read_kind(of);
  made.is_hex_ = text_or(of, "as", "bytes") == "hex";
  made.is_big_endian_ =
      text_or(of, "byte_order", made.kind_ == checksum_kind::crc16_modbus ? "little" : "big") == "big";
  made.separator_ = text_or(of, "separator", "");
  if (of.has("skip")) made.skipped_ = static_cast<std::size_t>(of["skip"].integer());
  return made;
}

std::optional<std::string_view> checksum::checked(std::string_view frame) const noexcept {
  const auto width = width_of(kind_);
  const auto written = is_hex_ ? 2 * width : width;
  if (frame.size() < written + separator_.size() + skipped_) return std::nullopt;
  const auto digits = frame.substr(frame.size() - written);
  auto data = frame.substr(0, frame.size() - written);
  if (!data.ends_with(separator_)) return std::nullopt;
  data.remove_suffix(separator_.size());
  std::uint32_t told = 0;
  if (is_hex_) {
    const auto read = std::from_chars(digits.data(), digits.data() + written, told, 16);
    if (read.ec != std::errc{} || read.ptr != digits.data() + written) return std::nullopt;
  } else {
    for (std::size_t index = 0; index < width; ++index)
      told = told << 8 | byte_of(digits[is_big_endian_ ? index : width - 1 - index]);
  }
  if (told != checksum_of(kind_, data.substr(skipped_))) return std::nullopt;
  return data;
}

}  // namespace tidegate::codec
