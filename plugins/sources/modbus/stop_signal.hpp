// Ends waits from another thread.
#pragma once

#include <poll.h>
#include <sys/eventfd.h>

#include <atomic>
#include <chrono>

#include "descriptor.hpp"

namespace tidegate::modbus {

// give() from any thread, at any time; the rest on the thread that waits.
class stop_signal {
 public:
  stop_signal() : wake_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)} {}

  void give() noexcept {
    is_given_ = true;
    if (wake_) ::eventfd_write(wake_.get(), 1);
  }
  void forget() noexcept {
    eventfd_t old = 0;
    if (wake_) ::eventfd_read(wake_.get(), &old);
    is_given_ = false;
  }
  const std::atomic<bool>& is_given() const noexcept { return is_given_; }

  // False: it was given before that.
  bool wait_until(std::chrono::steady_clock::time_point end) const noexcept {
    while (!is_given_) {
      const auto left =
          std::chrono::duration_cast<std::chrono::nanoseconds>(end - std::chrono::steady_clock::now());
      if (left.count() <= 0) return true;
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
      const timespec limit{static_cast<time_t>(seconds.count()), static_cast<long>((left - seconds).count())};
      pollfd given{wake_.get(), POLLIN, 0};
      ::ppoll(&given, 1, &limit, nullptr);
    }
    return false;
  }

 private:
  common::descriptor wake_;
  std::atomic<bool> is_given_{false};
};

}  // namespace tidegate::modbus
