// How a CPU spent the time between two readings, in percent. As psutil and top compute it:
//
//   - the time that passed is the sum of all columns but guest and guest_nice, which user and nice
//     include already;
//   - busy is that without idle and without iowait, in which a CPU only waits for a disk;
//   - a column that ran backwards (iowait and guest do, on some kernels) did not change.
#pragma once

#include <array>
#include <cstdint>

#include "proc_stat.hpp"

namespace tidegate::cpu {

struct cpu_shares {
  double usage = 0;
  std::array<double, column_count> share{};  // by column
  std::uint32_t columns = 0;                 // how many of them the kernel has
};

enum class comparison {
  good,
  no_time_passed,  // less than a tick: the readings are the same
  ran_backwards,   // the counters began anew
  unlike,          // the readings have not the same columns, or one of them is empty
};

// Fills `into` when the result is good.
comparison compare(const cpu_times& before, const cpu_times& after, cpu_shares& into) noexcept;

}  // namespace tidegate::cpu
