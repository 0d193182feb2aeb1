#include "pipeline/worker.hpp"

#include <pthread.h>

#include <chrono>
#include <utility>

namespace tidegate::pipeline {

worker::~worker() {
  if (thread_.joinable()) thread_.join();
}

void worker::start(std::function<void()> body) {
  thread_ = std::thread{[this, body = std::move(body)] {
    thread_id_ = std::this_thread::get_id();
    ::pthread_setname_np(::pthread_self(), name_.substr(0, 15).c_str());
    body();
    const std::lock_guard lock{mutex_};
    finished_ = true;
    changed_.notify_all();
  }};
}

static std::chrono::steady_clock::time_point to_time_point(std::int64_t monotonic) {
  return std::chrono::steady_clock::time_point{std::chrono::nanoseconds{monotonic}};
}

void worker::wait_until(std::int64_t deadline) {
  std::unique_lock lock{mutex_};
  const auto ready = [&] { return woken_ || stop_.stop_requested(); };
  if (deadline == forever) {
    changed_.wait(lock, ready);
  } else {
    changed_.wait_until(lock, to_time_point(deadline), ready);
  }
  woken_ = false;
}

// Without the lock, or whoever is woken would wait for it next.
void worker::wake() {
  {
    const std::lock_guard lock{mutex_};
    if (std::exchange(woken_, true)) return;
  }
  changed_.notify_all();
}

void worker::request_stop() {
  stop_.request_stop();
  wake();
}

bool worker::join_until(std::int64_t deadline) {
  if (!thread_.joinable()) return true;
  {
    std::unique_lock lock{mutex_};
    if (!changed_.wait_until(lock, to_time_point(deadline), [&] { return finished_; })) return false;
  }
  thread_.join();
  return true;
}

std::optional<worker::under_way> worker::current_call() const noexcept {
  const auto since = call_since_.load(std::memory_order_acquire);
  if (since == 0) return std::nullopt;
  return under_way{call_function_.load(std::memory_order_relaxed), since};
}

}  // namespace tidegate::pipeline
