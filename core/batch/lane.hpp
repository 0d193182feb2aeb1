// Two ways through what waits for one consumer.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tidegate {

// While all waits in one order, that is the main lane. Split, the live lane has what came from then on, and
// the main lane what had piled up before; each has its order, and the live one need not wait for the other.
enum class lane : std::uint8_t { main, live };
inline constexpr std::size_t lane_count = 2;

constexpr std::size_t index_of(lane of) noexcept { return static_cast<std::size_t>(of); }

}  // namespace tidegate
