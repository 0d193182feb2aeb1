// When samples are due that come at a fixed rate: arithmetic only, the time is handed in.
#pragma once

#include <chrono>
#include <cstdint>

namespace tidegate::generate {

// Counts the samples since start(). One thread at a time.
class pacer {
 public:
  // Of a time in which nothing could be sent, no more is made up for than this.
  static constexpr std::chrono::nanoseconds debt_max = std::chrono::seconds{1};
  // Samples that come faster are sent in groups, this far apart.
  static constexpr std::chrono::nanoseconds wake_interval_min = std::chrono::milliseconds{20};

  // `rate` in samples a second, above 0. The first sample is due at the start.
  pacer(double rate, std::int64_t start) noexcept : period_{1e9 / rate}, start_{start} {}

  // How many samples are due at `now` and were not taken yet.
  std::uint64_t due(std::int64_t now) noexcept;
  // When the sample `ahead` places behind those that were taken is due.
  std::int64_t due_time(std::uint64_t ahead) const noexcept { return time_of(taken_ + ahead); }
  void take(std::uint64_t count) noexcept { taken_ += count; }

  // How long to wait at `now` until it is worth to send again.
  std::chrono::nanoseconds delay(std::int64_t now) const noexcept;

 private:
  std::int64_t time_of(std::uint64_t index) const noexcept {
    return start_ + static_cast<std::int64_t>(static_cast<double>(index) * period_);
  }

  double period_;  // nanoseconds
  std::int64_t start_;
  std::uint64_t taken_ = 0;
};

}  // namespace tidegate::generate
