// What the bits and registers of a device mean: no I/O, no allocation once a text has its room, any bits.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace tidegate::modbus {

// What is addressed, in the order of the functions that read it: 1 to 4.
enum class table { coil, discrete_input, holding_register, input_register };
enum class type { boolean, int16, uint16, int32, uint32, int64, uint64, float32, float64, text };
// The order in which a device sends the bytes of 0xAABBCCDD. The standard knows that of a register alone, the
// higher byte first; how a number lies in several registers each maker decides.
enum class byte_order { abcd, cdab, badc, dcba };

constexpr bool is_of_bits(table of) { return of == table::coil || of == table::discrete_input; }
std::string_view name_of(table of) noexcept;

// How registers become a value.
struct reading {
  modbus::type type = type::uint16;
  byte_order order = byte_order::abcd;
  std::optional<unsigned> bit;  // boolean of a register: this bit of it; without, whether it is not zero
  std::optional<double> scale;  // with one of these two the value is a double
  std::optional<double> offset;
};

// Registers that a value of the type takes; 0 for texts, which have a length of their own.
std::uint16_t registers_of(type of) noexcept;

// Nothing where the device says "no number": a float that is not finite.
using value = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string_view>;

// `registers` are as many as the type takes, in the order of their addresses. A text ends before its first
// zero, and lies in `room` until that is used again.
value value_of(const reading& how, std::span<const std::uint16_t> registers, std::string& room);

}  // namespace tidegate::modbus
