#include "proc_stat.hpp"

#include "kernel_text.hpp"

namespace tidegate::cpu {

using common::at_word_end;
using common::skip_blanks;
using common::take_decimal;
using common::take_line;
using common::take_prefix;
using common::take_unsigned;

namespace {

// Columns behind those that are known are of a later kernel and left alone.
std::optional<cpu_times> parse_times(std::string_view text) noexcept {
  cpu_times times;
  for (skip_blanks(text); !text.empty() && times.columns < column_count; skip_blanks(text)) {
    const auto ticks = take_unsigned(text, ticks_max);
    if (!ticks || !at_word_end(text)) return std::nullopt;
    times.ticks[times.columns++] = *ticks;
  }
  if (times.columns < columns_min) return std::nullopt;
  return times;
}

// Whether a line that begins with "cpu" is that of a CPU or of all, and not another one of a later kernel.
bool is_of_cpu(std::string_view rest) noexcept {
  return at_word_end(rest) || (rest.front() >= '0' && rest.front() <= '9');
}

// The line behind "cpu". False when it is not understood.
bool parse_cpu_line(std::string_view rest, stat_reading& into) {
  const bool is_total = at_word_end(rest);
  const auto number = is_total ? std::nullopt : take_unsigned(rest, cpu_number_max);
  if (!is_total && (!number || !at_word_end(rest))) return false;
  const auto times = parse_times(rest);
  if (!times) return false;
  if (is_total) {
    if (into.total.columns != 0) return false;
    into.total = *times;
    return true;
  }
  // The kernel lists its CPUs in ascending order; what is not ascending has been seen before.
  const auto index = static_cast<std::uint32_t>(*number);
  if (!into.cpus.empty() && into.cpus.back().number >= index) return false;
  into.cpus.push_back({index, *times});
  return true;
}

}  // namespace

void parse_stat(std::string_view text, stat_reading& into) {
  into.total = {};
  into.cpus.clear();
  into.unreadable = 0;
  while (auto line = take_line(text))
    if (take_prefix(*line, "cpu") && is_of_cpu(*line) && !parse_cpu_line(*line, into)) ++into.unreadable;
}

std::optional<load_averages> parse_loadavg(std::string_view text) noexcept {
  auto line = take_line(text);
  if (!line) return std::nullopt;
  double loads[3];
  for (auto& load : loads) {
    skip_blanks(*line);
    const auto taken = take_decimal(*line);
    if (!taken || !at_word_end(*line)) return std::nullopt;
    load = *taken;
  }
  return load_averages{loads[0], loads[1], loads[2]};
}

std::optional<double> parse_frequency(std::string_view text) noexcept {
  constexpr std::uint64_t kilohertz_max = 100'000'000;
  auto line = take_line(text);
  if (!line) return std::nullopt;
  const auto kilohertz = take_unsigned(*line, kilohertz_max);
  if (!kilohertz || *kilohertz == 0 || !at_word_end(*line)) return std::nullopt;
  return static_cast<double>(*kilohertz) / 1000;
}

void parse_cpuinfo(std::string_view text, std::vector<cpu_frequency>& into) {
  into.clear();
  std::optional<std::uint64_t> number;
  while (auto line = take_line(text)) {
    const bool is_number = take_prefix(*line, "processor");
    if (!is_number && !take_prefix(*line, "cpu MHz")) continue;
    skip_blanks(*line);
    if (!take_prefix(*line, ":")) continue;
    skip_blanks(*line);
    if (is_number) {
      number = take_unsigned(*line, cpu_number_max);
      continue;
    }
    const auto megahertz = take_decimal(*line);
    if (number && megahertz && *megahertz > 0 && at_word_end(*line))
      into.push_back({static_cast<std::uint32_t>(*number), *megahertz});
    number.reset();
  }
}

}  // namespace tidegate::cpu
