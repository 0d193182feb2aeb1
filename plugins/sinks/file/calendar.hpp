// Time of day and dates: what file names and daily rotation are counted in.
//
// Pure functions but for the time zone, which is the process's (TZ, /etc/localtime). Any thread.
#pragma once

#include <cstdint>
#include <ctime>

namespace tidegate::file_sink {

enum class zone { utc, local };

constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;

// Seconds since 1970 of a time in nanoseconds, rounded down.
constexpr std::int64_t seconds_of(std::int64_t nanoseconds) {
  const auto seconds = nanoseconds / nanoseconds_per_second;
  return nanoseconds % nanoseconds_per_second < 0 ? seconds - 1 : seconds;
}

// Date and time of day of a moment, in seconds since 1970.
std::tm broken_down(zone in, std::int64_t seconds);

// The last moment, not after `now`, at which the clocks of the zone reached this time of day. Where they
// skip it in spring that is the moment of the change; where they show it twice in autumn, the first of
// the two. All in seconds.
std::int64_t last_time_of_day(zone in, int second_of_day, std::int64_t now);

}  // namespace tidegate::file_sink
