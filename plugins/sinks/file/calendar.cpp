#include "calendar.hpp"

#include <algorithm>

namespace tidegate::file_sink {
namespace {

constexpr std::int64_t day = 24 * 60 * 60;

std::int64_t offset_at(zone in, std::int64_t seconds) {
  return in == zone::utc ? 0 : broken_down(in, seconds).tm_gmtoff;
}

// When the clocks reach `wanted`, a date and time written as if it were UTC.
std::int64_t when_clocks_show(zone in, std::int64_t wanted) {
  // No zone changes its clocks twice within two days: these are the only offsets that can apply.
  const auto before = offset_at(in, wanted - day);
  const auto after = offset_at(in, wanted + day);
  const auto first = wanted - std::max(before, after);
  const auto second = wanted - std::min(before, after);
  if (first + offset_at(in, first) == wanted) return first;
  if (second + offset_at(in, second) == wanted) return second;
  // Skipped: look for the change, which lies between the two.
  auto low = first;
  auto high = second;
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    if (offset_at(in, middle) == before) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

std::tm broken_down(zone in, std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm result{};
  if (in == zone::utc) {
    gmtime_r(&time, &result);
  } else {
    localtime_r(&time, &result);
  }
  return result;
}

std::int64_t last_time_of_day(zone in, int second_of_day, std::int64_t now) {
  const auto shown = now + offset_at(in, now);
  auto midnight = shown - ((shown % day) + day) % day;
  for (;; midnight -= day) {
    const auto moment = when_clocks_show(in, midnight + second_of_day);
    if (moment <= now) return moment;
  }
}

}  // namespace tidegate::file_sink
