// A lossy source: every millisecond a number from a thread of its own, whoever listens. The time of a number
// is a million nanoseconds for each that came before.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "tidegate/plugin.hpp"

class metronome {
 public:
  static constexpr tidegate::component info{.name = "metronome", .summary = "Counts milliseconds."};
  static constexpr auto flow = tidegate::flow::lossy;

  metronome(tidegate::source_host host, const tidegate::options&)
      : host_{host}, series_{samples_.series("tick")} {}
  ~metronome() { stop(); }

  void start() {
    is_stopping_ = false;
    thread_ = std::thread{[this] { run(); }};
  }
  void request_stop() noexcept {
    const std::lock_guard lock{mutex_};
    is_stopping_ = true;
    wake_.notify_all();
  }
  void stop() {
    request_stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run() {
    std::unique_lock lock{mutex_};
    while (!wake_.wait_for(lock, std::chrono::milliseconds{1}, [&] { return is_stopping_; })) {
      samples_.sample(series_, static_cast<std::int64_t>(next_) * 1'000'000).field("sequence", next_);
      ++next_;
      host_.submit(samples_);
    }
  }

  tidegate::source_host host_;
  tidegate::batch_builder samples_;
  std::uint32_t series_;
  std::uint64_t next_ = 0;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_stopping_ = false;
};

TIDEGATE_PLUGIN("metronome", "1.0.0", tidegate::source<metronome>)
