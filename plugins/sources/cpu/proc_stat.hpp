// What the kernel says of CPUs, from its texts: no I/O, any bytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tidegate::cpu {

// The columns of /proc/stat, in its order. Old kernels have fewer: 4 before 2.6, 7 before 2.6.11, then 8,
// 9 and, since 2.6.33, 10. On Linux `user` includes `guest`, and `nice` includes `guest_nice`.
enum column : std::uint32_t { user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice };
constexpr std::uint32_t column_count = 10;
constexpr std::uint32_t columns_min = 4;

// How a CPU spent its time since boot, in ticks.
struct cpu_times {
  std::array<std::uint64_t, column_count> ticks{};
  std::uint32_t columns = 0;  // how many the kernel has; 0: nothing is known
};

struct cpu_reading {
  std::uint32_t number;
  cpu_times times;
};

struct stat_reading {
  cpu_times total;                // the line "cpu"
  std::vector<cpu_reading> cpus;  // the lines "cpu0" ..., ascending; CPUs that are off have none
  std::uint32_t unreadable = 0;   // lines of CPUs that could not be understood and are left out
};

// No machine has more CPUs, and no counter counts further, than a text may claim.
constexpr std::uint32_t cpu_number_max = 65'535;
constexpr std::uint64_t ticks_max = std::uint64_t{1} << 60;  // sums of ten of them cannot overflow

// /proc/stat. Uses the memory that `into` has.
void parse_stat(std::string_view text, stat_reading& into);

struct load_averages {
  double of_1_minute;
  double of_5_minutes;
  double of_15_minutes;
};
// /proc/loadavg: "0.20 0.18 0.12 1/80 11206".
std::optional<load_averages> parse_loadavg(std::string_view text) noexcept;

// scaling_cur_freq of a CPU, which is in kHz: in MHz. Nothing for "<unknown>" or 0.
std::optional<double> parse_frequency(std::string_view text) noexcept;

struct cpu_frequency {
  std::uint32_t number;
  double megahertz;
};
// The "processor" and "cpu MHz" lines of /proc/cpuinfo, which not every architecture has. Uses the memory
// that `into` has.
void parse_cpuinfo(std::string_view text, std::vector<cpu_frequency>& into);

}  // namespace tidegate::cpu
