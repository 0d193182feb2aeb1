#include "usage.hpp"

#include <algorithm>

namespace tidegate::cpu {

namespace {

constexpr bool is_part_of_another(std::uint32_t of) noexcept { return of == guest || of == guest_nice; }
constexpr bool is_busy(std::uint32_t of) noexcept {
  return of != idle && of != iowait && !is_part_of_another(of);
}

std::uint64_t time_of(const cpu_times& times) noexcept {
  std::uint64_t sum = 0;
  for (std::uint32_t column = 0; column < times.columns; ++column)
    if (!is_part_of_another(column)) sum += times.ticks[column];
  return sum;
}

}  // namespace

comparison compare(const cpu_times& before, const cpu_times& after, cpu_shares& into) noexcept {
  if (before.columns != after.columns || after.columns == 0) return comparison::unlike;
  if (time_of(after) < time_of(before)) return comparison::ran_backwards;

  std::array<std::uint64_t, column_count> passed{};
  std::uint64_t all = 0;
  std::uint64_t busy = 0;
  for (std::uint32_t column = 0; column < after.columns; ++column) {
    passed[column] = after.ticks[column] - std::min(before.ticks[column], after.ticks[column]);
    if (!is_part_of_another(column)) all += passed[column];
    if (is_busy(column)) busy += passed[column];
  }
  if (all == 0) return comparison::no_time_passed;

  const auto percent = [all](std::uint64_t ticks) {
    return std::min(100.0, static_cast<double>(ticks) * 100.0 / static_cast<double>(all));
  };
  into.columns = after.columns;
  into.usage = percent(busy);
  for (std::uint32_t column = 0; column < after.columns; ++column)
    into.share[column] = percent(passed[column]);
  return comparison::good;
}

}  // namespace tidegate::cpu
