// How many files the program may have open.
#pragma once

#include <sys/resource.h>

namespace tidegate::cli {

// Every file of the spool is open while it is used or looked at, and a large one has more than the usual
// limit.
inline void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
}

}  // namespace tidegate::cli
