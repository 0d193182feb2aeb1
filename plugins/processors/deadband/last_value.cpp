#include "last_value.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "series/series_key.hpp"

namespace tidegate::deadband {

namespace {

bool is_text(type of) noexcept { return of == type::string || of == type::bytes; }

bool is_number(type of) noexcept { return of == type::i64 || of == type::u64 || of == type::f64; }

std::uint64_t slot_of(const field_value& value) noexcept {
  if (!is_text(value.type())) return value.as_u64();
  series::key_maker made;
  made.add(value.as_text());
  return made.key().low;
}

bool moves(double from, double to, const band& allowed) noexcept {
  if (from == to || (std::isnan(from) && std::isnan(to))) return false;
  if (!std::isfinite(from) || !std::isfinite(to)) return true;
  return std::fabs(to - from) > std::max(allowed.within, allowed.percent / 100 * std::fabs(from));
}

}  // namespace

void last_value::set(const field_value& value, std::int64_t at) noexcept {
  slot = slot_of(value);
  time = at;
  type = static_cast<std::uint32_t>(value.type());
}

// Devices write 3 for 3.0: numbers are compared as such, whatever their type.
bool last_value::moves_to(const field_value& value, const band& allowed) const noexcept {
  const auto before = static_cast<tidegate::type>(type);
  const auto now = slot_of(value);
  if (!is_number(before) || !is_number(value.type())) return before != value.type() || now != slot;
  const bool both_whole = before == value.type() && before != tidegate::type::f64;
  // Neighbours among large whole numbers are the same as doubles.
  if (both_whole && (now == slot || (allowed.within == 0 && allowed.percent == 0))) return now != slot;
  return moves(*field_value{nullptr, before, slot}.number(), *value.number(), allowed);
}

}  // namespace tidegate::deadband
