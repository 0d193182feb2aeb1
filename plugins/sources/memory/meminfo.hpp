// What the kernel says of memory, from its texts: no I/O, no allocation, any bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tidegate::memory {

// The lines of /proc/meminfo that matter here, in bytes. Empty: the kernel does not have the line, or it is
// not understood.
struct meminfo {
  std::optional<std::uint64_t> total;             // MemTotal
  std::optional<std::uint64_t> free;              // MemFree
  std::optional<std::uint64_t> available;         // MemAvailable, since Linux 3.14
  std::optional<std::uint64_t> buffers;           // Buffers
  std::optional<std::uint64_t> cached;            // Cached
  std::optional<std::uint64_t> slab_reclaimable;  // SReclaimable, since Linux 2.6.19
  std::optional<std::uint64_t> shared;            // Shmem, since Linux 2.6.32
  std::optional<std::uint64_t> slab;              // Slab
  std::optional<std::uint64_t> swap_total;        // SwapTotal
  std::optional<std::uint64_t> swap_free;         // SwapFree
};
meminfo parse_meminfo(std::string_view text) noexcept;

// What users of `free` and psutil know, derived as these do. Empty where the lines that it needs are
// missing or contradict each other.
struct usage {
  std::optional<std::uint64_t> available;
  std::optional<std::uint64_t> cached;  // with what the kernel can reclaim from its slabs
  std::optional<std::uint64_t> used;
  std::optional<double> used_percent;
  std::optional<std::uint64_t> swap_used;
  std::optional<double> swap_used_percent;
};
usage derive(const meminfo& from) noexcept;

// The share of time, in percent, in which some or all tasks waited for memory.
struct pressure_line {
  double of_10_seconds;
  double of_60_seconds;
  double of_300_seconds;
};
struct pressure {
  std::optional<pressure_line> some;
  std::optional<pressure_line> full;
};
// /proc/pressure/memory: "some avg10=0.00 avg60=0.12 avg300=1.00 total=1234".
pressure parse_pressure(std::string_view text) noexcept;

}  // namespace tidegate::memory
