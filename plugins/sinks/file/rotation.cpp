#include "rotation.hpp"

namespace tidegate::file_sink {

rotation_reason rotation_due(const rotation_limits& limits, const file_progress& file, std::int64_t now) {
  if (file.size == 0) return rotation_reason::none;
  if (limits.max_size && file.size + file.incoming > *limits.max_size && file.incoming > 0)
    return rotation_reason::size;
  if (limits.max_age && now - file.begun >= limits.max_age->count()) return rotation_reason::age;
  if (limits.at) {
    const auto boundary = last_time_of_day(limits.in, *limits.at, seconds_of(now));
    if (seconds_of(file.begun) < boundary) return rotation_reason::time_of_day;
  }
  return rotation_reason::none;
}

}  // namespace tidegate::file_sink
