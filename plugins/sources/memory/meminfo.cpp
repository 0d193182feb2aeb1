#include "meminfo.hpp"

#include <array>

#include "kernel_text.hpp"

namespace tidegate::memory {

using common::at_word_end;
using common::skip_blanks;
using common::take_decimal;
using common::take_line;
using common::take_prefix;
using common::take_unsigned;

namespace {

// No line says more than 2^50 KiB, far above any machine, so that sums of bytes cannot overflow.
constexpr std::uint64_t kibibytes_max = (std::uint64_t{1} << 50) - 1;

struct known_line {
  std::string_view name;
  std::optional<std::uint64_t> meminfo::*value;
};
constexpr std::array<known_line, 10> known_lines{{{"MemTotal", &meminfo::total},
                                                  {"MemFree", &meminfo::free},
                                                  {"MemAvailable", &meminfo::available},
                                                  {"Buffers", &meminfo::buffers},
                                                  {"Cached", &meminfo::cached},
                                                  {"SReclaimable", &meminfo::slab_reclaimable},
                                                  {"Shmem", &meminfo::shared},
                                                  {"Slab", &meminfo::slab},
                                                  {"SwapTotal", &meminfo::swap_total},
                                                  {"SwapFree", &meminfo::swap_free}}};

// "   24684084 kB"
std::optional<std::uint64_t> parse_amount(std::string_view text) noexcept {
  skip_blanks(text);
  const auto kibibytes = take_unsigned(text, kibibytes_max);
  if (!kibibytes || !at_word_end(text)) return std::nullopt;
  skip_blanks(text);
  if (!take_prefix(text, "kB") || !at_word_end(text)) return std::nullopt;
  return *kibibytes * 1024;
}

std::optional<std::uint64_t> available_of(const meminfo& from) noexcept {
  if (!from.available || !from.total) return std::nullopt;
  // A container that sees its own total and the host's rest. `free` and psutil do the same.
  const auto available = *from.available > *from.total ? from.free : from.available;
  return available && *available <= *from.total ? available : std::nullopt;
}

std::optional<std::uint64_t> used_of(const meminfo& from, std::optional<std::uint64_t> cached) noexcept {
  if (!from.total || !from.free || !from.buffers || !cached || *from.free > *from.total) return std::nullopt;
  const auto not_used = *from.free + *from.buffers + *cached;
  return *from.total - (not_used <= *from.total ? not_used : *from.free);
}

std::optional<double> percent(std::optional<std::uint64_t> part,
                              std::optional<std::uint64_t> whole) noexcept {
  if (!part || !whole || *part > *whole) return std::nullopt;
  return *whole == 0 ? 0.0 : static_cast<double>(*part) * 100.0 / static_cast<double>(*whole);
}

// "avg10=0.12"
std::optional<double> take_average(std::string_view& text, std::string_view name) noexcept {
  skip_blanks(text);
  if (!take_prefix(text, name)) return std::nullopt;
  const auto value = take_decimal(text);
  if (!value || !at_word_end(text) || *value > 100) return std::nullopt;
  return value;
}

std::optional<pressure_line> parse_pressure_line(std::string_view text) noexcept {
  const auto of_10 = take_average(text, "avg10=");
  const auto of_60 = take_average(text, "avg60=");
  const auto of_300 = take_average(text, "avg300=");
  if (!of_10 || !of_60 || !of_300) return std::nullopt;
  return pressure_line{*of_10, *of_60, *of_300};
}

}  // namespace

meminfo parse_meminfo(std::string_view text) noexcept {
  meminfo made;
  while (const auto line = take_line(text)) {
    const auto colon = line->find(':');
    if (colon == std::string_view::npos) continue;
    for (const auto& known : known_lines)
      if (line->substr(0, colon) == known.name) made.*known.value = parse_amount(line->substr(colon + 1));
  }
  return made;
}

usage derive(const meminfo& from) noexcept {
  usage made;
  made.available = available_of(from);
  if (from.cached) made.cached = *from.cached + from.slab_reclaimable.value_or(0);
  made.used = used_of(from, made.cached);
  if (made.available)
    made.used_percent = percent(*from.total - *made.available, from.total);
  else
    made.used_percent = percent(made.used, from.total);
  if (from.swap_total && from.swap_free && *from.swap_free <= *from.swap_total)
    made.swap_used = *from.swap_total - *from.swap_free;
  made.swap_used_percent = percent(made.swap_used, from.swap_total);
  return made;
}

pressure parse_pressure(std::string_view text) noexcept {
  pressure made;
  while (auto line = take_line(text)) {
    if (take_prefix(*line, "some "))
      made.some = parse_pressure_line(*line);
    else if (take_prefix(*line, "full "))
      made.full = parse_pressure_line(*line);
  }
  return made;
}

}  // namespace tidegate::memory
