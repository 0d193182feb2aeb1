// CRC-32C (Castagnoli): what guards every header and every payload on disk.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tidegate::spool {

// The sum of the bytes behind those of which `previous` is the sum; 0 to begin.
std::uint32_t crc32c(std::uint32_t previous, const void* data, std::size_t bytes) noexcept;

// The same without help of the processor.
std::uint32_t crc32c_portable(std::uint32_t previous, const void* data, std::size_t bytes) noexcept;

}  // namespace tidegate::spool
