// How often this program has asked for memory.
#pragma once

#include <cstdint>

namespace tidegate::testing {

std::uint64_t allocations() noexcept;

}  // namespace tidegate::testing
