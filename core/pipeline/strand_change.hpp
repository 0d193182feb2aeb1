// Something that is done on an instance's strand, between two calls, for another thread that waits for it.
//
//   request() --> [strand sees is_requested(), and make()s it] --> wait_until() is true
//            \--> [it does not come to it in time: it hangs in a call] --> withdrawn, wait_until() is false
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

#include "observe/clock.hpp"

namespace tidegate::pipeline {

// request() and wait_until() are one thread's; the others the strand's.
class strand_change {
 public:
  // The strand is to be woken after this.
  void request(std::function<void()> what);
  // True once it is made. False if it was not begun at the deadline (monotonic): it will not be any more.
  bool wait_until(std::int64_t deadline, const observe::clock& clock);

  bool is_requested() const noexcept { return is_requested_.load(std::memory_order_acquire); }
  // False if it was withdrawn meanwhile.
  bool make();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> what_;
  std::atomic<bool> is_requested_{false};
  bool is_under_way_ = false;
};

}  // namespace tidegate::pipeline
