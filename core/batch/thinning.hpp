// Which batches are kept while a buffer fills, so that an outage is covered from its beginning to its end.
#pragma once

#include <cstdint>

namespace tidegate {

// Up to half of the limit all, up to three quarters every second, then every fourth, and so on to every 64th.
// Which ones is as good as random, so that of two sources that take turns none is left out. `offered` belongs
// to the caller, one for each buffer.
constexpr bool is_admitted(std::uint64_t used, std::uint64_t limit, std::uint32_t& offered) noexcept {
  constexpr std::uint32_t least = 64;
  const auto left = used < limit ? limit - used : 0;
  std::uint32_t one_of = 1;
  for (auto bound = limit / 2; left < bound && one_of < least; bound /= 2) one_of *= 2;
  // Knuth's multiplicative hash; its high bits are the good ones.
  return one_of == 1 || ((++offered * 2654435761u) >> 16) % one_of == 0;
}

}  // namespace tidegate
