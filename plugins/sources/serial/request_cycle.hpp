// When which request is sent: arithmetic only, the time is handed in.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace tidegate::serial {

// A round begins every `interval` and sends all requests in turn, each when the one before was answered or
// given up. One that takes longer leaves out the rounds that should have begun meanwhile: the next one begins
// when a round would have.
//
// After a request that was given up its answer may still come, and must not be taken for that of the next:
// nothing is sent until the line was silent for as long as an answer may take. One thread at a time.
class request_cycle {
 public:
  request_cycle(std::size_t requests, std::chrono::nanoseconds interval,
                std::chrono::nanoseconds timeout) noexcept
      : requests_{requests}, interval_{interval.count()}, timeout_{timeout.count()} {}

  // The port was opened.
  void begin(std::int64_t now) noexcept {
    index_ = 0;
    deadline_.reset();
    silent_at_.reset();
    round_ = now;
  }

  // The request to be sent now, if one is due; from then on its answer is waited for.
  std::optional<std::size_t> due(std::int64_t now) noexcept {
    if (!is_due(now)) return std::nullopt;
    deadline_ = now + timeout_;
    silent_at_.reset();
    return index_;
  }
  bool is_due(std::int64_t now) const noexcept { return requests_ != 0 && !deadline_ && now >= next_at(); }
  bool is_waiting() const noexcept { return deadline_.has_value(); }
  // The request whose answer is waited for, or that comes next.
  std::size_t index() const noexcept { return index_; }
  bool has_expired(std::int64_t now) const noexcept { return deadline_ && now >= *deadline_; }

  // Something came that was not asked for.
  void heard(std::int64_t now) noexcept {
    if (silent_at_) silent_at_ = now + timeout_;
  }
  // No answer came in time.
  void give_up(std::int64_t now) noexcept {
    done(now);
    silent_at_ = now + timeout_;
  }
  // The answer came.
  void done(std::int64_t now) noexcept {
    deadline_.reset();
    if (++index_ < requests_) return;
    index_ = 0;
    round_ += interval_ * std::max<std::int64_t>((now - round_ + interval_ - 1) / interval_, 1);
  }

  // When something is to be done next; never without requests.
  std::int64_t next_at() const noexcept {
    if (requests_ == 0) return INT64_MAX;
    if (deadline_) return *deadline_;
    return std::max(index_ == 0 ? round_ : INT64_MIN, silent_at_.value_or(INT64_MIN));
  }

 private:
  std::size_t requests_;
  std::int64_t interval_;
  std::int64_t timeout_;
  std::size_t index_ = 0;
  std::int64_t round_ = 0;  // when it begins, or has begun
  std::optional<std::int64_t> deadline_;
  std::optional<std::int64_t> silent_at_;  // when the line will have been silent for long enough
};

}  // namespace tidegate::serial
