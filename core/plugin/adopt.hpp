// Reading structs that the other side of the ABI has filled, which may know more or fewer members than
// this program: the one place for that rule.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace tidegate::plugin {

// The struct as this program knows it: what lies beyond the other side's `size` is zero. A struct whose size
// is smaller than that of the first release has to be refused before.
template <class Struct>
Struct adopt(const Struct* from) noexcept {
  Struct made{};
  std::memcpy(&made, from, std::min<std::size_t>(from->size, sizeof made));
  made.size = sizeof made;
  return made;
}

}  // namespace tidegate::plugin
