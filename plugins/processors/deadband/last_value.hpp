// The value of a field that was reported last, and whether another one has moved away from it.
#pragma once

#include <cstdint>

#include "tidegate/batch.hpp"

namespace tidegate::deadband {

// How far a number may move without being reported; both at once: as far as the wider of the two lets it.
struct band {
  double within = 0;
  double percent = 0;  // of the value that was reported last
};

struct last_value {
  std::uint64_t slot = 0;  // of a text, a hash of it
  std::int64_t time = 0;
  std::uint32_t type = 0;  // 0: nothing was reported yet

  void set(const field_value& value, std::int64_t at) noexcept;
  // Another text and another boolean have moved, and what is no number any more, or is one now. So has what
  // becomes NaN or infinite, once.
  bool moves_to(const field_value& value, const band& allowed) const noexcept;
};

}  // namespace tidegate::deadband
