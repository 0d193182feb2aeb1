// Places at which tests kill the program. Nothing in a build without tests.
#pragma once

#include <string_view>

namespace tidegate::spool {

// Where the environment says TIDEGATE_CRASH_POINT=NAME:COUNT, the COUNT-th time that this is reached with
// that name the process is killed, as by `kill -9`. tests/crash has the list of names, and fails for one that
// is never reached.
#if defined(TIDEGATE_CRASH_POINTS)
void crash_point(std::string_view name) noexcept;
#else
inline void crash_point(std::string_view) noexcept {}
#endif

}  // namespace tidegate::spool
