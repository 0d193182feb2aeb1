// An instance's strand of execution: one thread of its own, so that an instance that is slow or hangs
// delays no other.
//
// start(body) runs body(worker) on the thread. The body waits with wait_until() and ends soon after
// stopping() is true. Every call into a plugin is wrapped in a `call`, so that whoever watches can name
// the call that does not return.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "observe/clock.hpp"

namespace tidegate::pipeline {

class worker {
 public:
  static constexpr std::int64_t forever = INT64_MAX;

  // The clock outlives the worker. `name` is shown by ps and top, cut to 15 characters.
  worker(std::string name, const observe::clock& clock) : name_{std::move(name)}, clock_{clock} {}
  ~worker();  // joins; never destroyed while join_until() was false
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  const std::string& name() const noexcept { return name_; }
  void start(std::function<void()> body);

  // The body's own.
  bool stopping() const noexcept { return stop_.stop_requested(); }
  std::stop_token stop_token() const noexcept { return stop_.get_token(); }
  // Until the monotonic time, a wake() since the last wait, or request_stop().
  void wait_until(std::int64_t deadline);

  // Whether this is its thread.
  bool is_current() const noexcept { return thread_id_ == std::this_thread::get_id(); }

  // [any thread]
  void wake();
  void request_stop();
  // True once the body has returned; false if it has not at the deadline.
  bool join_until(std::int64_t deadline);

  // A call into a plugin that is under way on this thread.
  class call {
   public:
    call(worker& on, const char* function) : worker_{on} {
      worker_.call_function_.store(function, std::memory_order_relaxed);
      worker_.call_since_.store(worker_.clock_.now_monotonic(), std::memory_order_release);
    }
    ~call() { worker_.call_since_.store(0, std::memory_order_release); }
    call(const call&) = delete;
    call& operator=(const call&) = delete;

   private:
    worker& worker_;
  };
  struct under_way {
    const char* function;
    std::int64_t since;  // monotonic
  };
  std::optional<under_way> current_call() const noexcept;  // [any thread]

  // What the host does for a call that is under way, and may wait in: then it is not the plugin that is late.
  // The worker's own thread; on others it is nothing.
  class host_part {
   public:
    explicit host_part(worker& of) : worker_{of.is_current() ? &of : nullptr} {
      if (worker_ != nullptr) worker_->host_parts_.fetch_add(1, std::memory_order_relaxed);
    }
    ~host_part() {
      if (worker_ != nullptr) worker_->host_parts_.fetch_add(1, std::memory_order_relaxed);
    }
    host_part(const host_part&) = delete;
    host_part& operator=(const host_part&) = delete;

   private:
    worker* worker_;
  };
  // How often such a part began and ended: odd within one. [any thread]
  std::uint64_t host_parts() const noexcept { return host_parts_.load(std::memory_order_relaxed); }

 private:
  std::string name_;
  const observe::clock& clock_;
  std::thread thread_;
  std::atomic<std::thread::id> thread_id_{};  // empty until it runs
  std::stop_source stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  bool finished_ = false;
  std::atomic<const char*> call_function_{nullptr};
  std::atomic<std::int64_t> call_since_{0};
  std::atomic<std::uint64_t> host_parts_{0};
};

}  // namespace tidegate::pipeline
