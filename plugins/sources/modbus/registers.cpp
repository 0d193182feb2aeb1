#include "registers.hpp"

#include <bit>
#include <cmath>

namespace tidegate::modbus {
namespace {

bool swaps_bytes(byte_order order) { return order == byte_order::badc || order == byte_order::dcba; }
bool swaps_words(byte_order order) { return order == byte_order::cdab || order == byte_order::dcba; }

std::uint16_t in_order(std::uint16_t word, byte_order order) {
  return swaps_bytes(order) ? static_cast<std::uint16_t>(word << 8 | word >> 8) : word;
}

std::uint64_t joined(std::span<const std::uint16_t> registers, byte_order order) {
  std::uint64_t made = 0;
  for (std::size_t index = 0; index < registers.size(); ++index) {
    const auto at = swaps_words(order) ? registers.size() - 1 - index : index;
    made = made << 16 | in_order(registers[at], order);
  }
  return made;
}

// A scale such as 0.1 is no number of the machine, but 10 is: 3 * 0.1 is 0.30000000000000004, and 3 / 10 is
// 0.3.
double scaled(double raw, double scale) {
  const auto parts = std::round(1 / scale);
  const bool is_a_part = std::abs(scale) < 1 && std::isfinite(parts) && 1 / parts == scale;
  return is_a_part ? raw / parts : raw * scale;
}

template <class Number>
value number(const reading& how, Number raw) {
  if constexpr (std::is_floating_point_v<Number>)
    if (!std::isfinite(raw)) return std::monostate{};
  if (!how.scale && !how.offset) return raw;
  const auto made = scaled(static_cast<double>(raw), how.scale.value_or(1)) + how.offset.value_or(0);
  if (!std::isfinite(made)) return std::monostate{};
  return made;
}

value text_of(std::span<const std::uint16_t> registers, byte_order order, std::string& room) {
  room.clear();
  for (const auto word : registers) {
    const auto pair = in_order(word, order);
    room += static_cast<char>(pair >> 8);
    room += static_cast<char>(pair & 0xFF);
  }
  const std::string_view all{room};
  const auto text = all.substr(0, all.find('\0'));
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

}  // namespace

std::string_view name_of(table of) noexcept {
  constexpr std::string_view names[] = {"coil", "discrete_input", "holding_register", "input_register"};
  return names[static_cast<std::size_t>(of)];
}

std::uint16_t registers_of(type of) noexcept {
  switch (of) {
    case type::text:
      return 0;
    case type::int32:
    case type::uint32:
    case type::float32:
      return 2;
    case type::int64:
    case type::uint64:
    case type::float64:
      return 4;
    default:
      return 1;
  }
}

value value_of(const reading& how, std::span<const std::uint16_t> registers, std::string& room) {
  if (how.type == type::text) return text_of(registers, how.order, room);
  const auto bits = joined(registers, how.order);
  switch (how.type) {
    case type::boolean:
      return how.bit ? (bits >> *how.bit & 1) != 0 : bits != 0;
    case type::int16:
      return number(how, std::int64_t{static_cast<std::int16_t>(bits)});
    case type::int32:
      return number(how, std::int64_t{static_cast<std::int32_t>(bits)});
    case type::int64:
      return number(how, static_cast<std::int64_t>(bits));
    case type::float32:
      return number(how, double{std::bit_cast<float>(static_cast<std::uint32_t>(bits))});
    case type::float64:
      return number(how, std::bit_cast<double>(bits));
    default:
      return number(how, bits);
  }
}

}  // namespace tidegate::modbus
