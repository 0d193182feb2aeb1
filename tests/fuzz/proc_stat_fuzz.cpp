// What the source cpu reads: /proc/stat twice, and after a further zero byte /proc/loadavg, /proc/cpuinfo
// and scaling_cur_freq. Whatever they say, no percentage is outside of 0 to 100.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "proc_stat.hpp"
#include "usage.hpp"

namespace {

using namespace tidegate::cpu;

void must(bool holds) {
  if (!holds) std::abort();
}

std::string_view take_part(std::string_view& text) {
  const auto end = text.find('\0');
  const auto part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

void must_be_sound(const cpu_times& times) {
  must(times.columns == 0 || (times.columns >= columns_min && times.columns <= column_count));
  for (const auto ticks : times.ticks) must(ticks <= ticks_max);
}

void must_be_sound(const stat_reading& reading) {
  must_be_sound(reading.total);
  for (std::size_t index = 0; index < reading.cpus.size(); ++index) {
    must_be_sound(reading.cpus[index].times);
    must(reading.cpus[index].number <= cpu_number_max);
    must(index == 0 || reading.cpus[index - 1].number < reading.cpus[index].number);
  }
}

void must_compare(const cpu_times& before, const cpu_times& after) {
  cpu_shares shares;
  if (compare(before, after, shares) != comparison::good) return;
  must(shares.usage >= 0 && shares.usage <= 100);
  double sum = 0;
  for (std::uint32_t column = 0; column < shares.columns; ++column) {
    must(shares.share[column] >= 0 && shares.share[column] <= 100);
    if (column != guest && column != guest_nice) sum += shares.share[column];
  }
  must(std::abs(sum - 100) < 1e-6);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::string_view rest{reinterpret_cast<const char*>(data), size};
  stat_reading before;
  stat_reading after;
  parse_stat(take_part(rest), before);
  parse_stat(take_part(rest), after);
  must_be_sound(before);
  must_be_sound(after);
  must_compare(before.total, after.total);
  for (std::size_t index = 0; index < std::min(before.cpus.size(), after.cpus.size()); ++index)
    must_compare(before.cpus[index].times, after.cpus[index].times);

  if (const auto load = parse_loadavg(rest))
    must(load->of_1_minute >= 0 && std::isfinite(load->of_15_minutes));
  if (const auto megahertz = parse_frequency(rest)) must(*megahertz > 0);
  std::vector<cpu_frequency> frequencies;
  parse_cpuinfo(rest, frequencies);
  for (const auto& each : frequencies) must(each.megahertz > 0 && std::isfinite(each.megahertz));
  return 0;
}
