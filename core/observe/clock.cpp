#include "observe/clock.hpp"

#include <ctime>

namespace tidegate::observe {

static std::int64_t read(clockid_t id) {
  timespec now{};
  ::clock_gettime(id, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::int64_t system_clock::now_utc() const { return read(CLOCK_REALTIME); }
std::int64_t system_clock::now_monotonic() const { return read(CLOCK_MONOTONIC); }

}  // namespace tidegate::observe
