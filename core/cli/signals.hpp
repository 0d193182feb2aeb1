// The signals that steer the program, taken one by one on a thread that waits for them: no handlers.
#pragma once

#include <csignal>
#include <ctime>

namespace tidegate::cli {

// Blocks them for the calling thread and those it starts afterwards: make it before any other thread.
class signals {
 public:
  signals() {
    ::sigemptyset(&set_);
    for (const int each : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set_, each);
    ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    // Writing to a peer that is gone is an error to return, not a reason to die.
    std::signal(SIGPIPE, SIG_IGN);
  }

  // The next signal, or 0 if none came within the time.
  int wait_for(long milliseconds) const {
    const timespec time{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
    const int got = ::sigtimedwait(&set_, nullptr, &time);
    return got > 0 ? got : 0;
  }

 private:
  sigset_t set_{};
};

}  // namespace tidegate::cli
