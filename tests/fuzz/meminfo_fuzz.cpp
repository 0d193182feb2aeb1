// What the source memory reads: the text as /proc/meminfo and as /proc/pressure/memory. Whatever it says,
// nothing derived from it is more than there is.
#include <cstdlib>
#include <string_view>

#include "meminfo.hpp"

namespace {

using namespace tidegate::memory;

void must(bool holds) {
  if (!holds) std::abort();
}

void must_be_percent(const std::optional<double>& value) { must(!value || (*value >= 0 && *value <= 100)); }

void must_be_sound(const std::optional<pressure_line>& line) {
  if (!line) return;
  for (const double average : {line->of_10_seconds, line->of_60_seconds, line->of_300_seconds})
    must(average >= 0 && average <= 100);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto memory = parse_meminfo(text);
  const auto derived = derive(memory);
  must(!derived.used || *derived.used <= *memory.total);
  must(!derived.available || *derived.available <= *memory.total);
  must(!derived.swap_used || *derived.swap_used <= *memory.swap_total);
  must(!derived.cached || *derived.cached >= *memory.cached);
  must_be_percent(derived.used_percent);
  must_be_percent(derived.swap_used_percent);

  const auto waiting = parse_pressure(text);
  must_be_sound(waiting.some);
  must_be_sound(waiting.full);
  return 0;
}
