// The source `generate`: what README.md describes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "pacer.hpp"
#include "signal.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::generate {

// Sends from a thread of its own between start() and stop(), whether one sample a minute or as many as the
// pipelines take: submit() waits for these. After a stop the sequence goes on where it was, so that what
// was not taken is no hole in it.
class generate_source {
 public:
  static constexpr component info{
      .name = "generate",
      .summary = "Synthetic samples at a set rate, for demonstrations, tests and benchmarks.",
      .options = R"({"type": "object", "properties": {
  "rate": {"type": "number", "default": 1, "minimum": 0, "maximum": 10000000,
    "description": "Samples a second, of all series together; 0 sends as fast as the pipelines take them."},
  "count": {"type": "integer", "default": 0, "minimum": 0,
    "description": "End after so many samples; 0 goes on for ever."},
  "name": {"type": "string", "default": "generate", "description": "The name of the measurement."},
  "series": {"type": "integer", "default": 1, "minimum": 1, "maximum": 100000,
    "description": "How many series take turns, with tag series=0, series=1, ..."},
  "fields": {"type": "integer", "default": 5, "minimum": 0, "maximum": 1000,
    "description": "How many values a sample has beside its sequence number: value1, value2, ..."},
  "signal": {"type": "string", "enum": ["sine", "noise", "counter"], "default": "sine",
    "description": "What the values do: swing and wander between 0 and 100, or count up."},
  "text_size": {"type": "string", "unit": "size", "default": "0B", "maximum": "1MiB",
    "description": "Give each sample a field text of so many characters, to fill messages."},
  "period": {"type": "integer", "default": 60, "minimum": 2, "maximum": 65536,
    "description": "Samples of one series that a whole sine takes."},
  "seed": {"type": "integer", "default": 1, "minimum": 0,
    "description": "Other seeds give other values; the same seed gives the same ones."},
  "batch_samples": {"type": "integer", "default": 1000, "minimum": 1, "maximum": 10000,
    "description": "Samples that are handed on together, at most."}
}})"};
  static constexpr auto flow = tidegate::flow::pausable;

  generate_source(source_host host, const options& options);
  ~generate_source() { stop(); }
  void start();
  void request_stop() noexcept;
  void stop();

 private:
  void run() noexcept;
  void send_all();
  std::uint64_t samples_now();
  bool send(std::uint64_t count);
  void prepare_series(std::uint64_t count);
  std::uint32_t make_series(std::uint32_t number);
  void add_row(std::uint64_t sequence, std::int64_t time);
  bool wait(std::chrono::nanoseconds delay);
  bool is_done() const noexcept { return count_ != 0 && sequence_ >= count_; }

  source_host host_;
  double rate_;
  std::uint64_t count_;
  std::uint32_t series_count_;
  std::uint32_t fields_;
  std::string text_;
  std::uint32_t batch_samples_;
  generate::signal signal_;
  std::string name_;

  // Of the thread, while it runs.
  batch_builder builder_;
  std::uint32_t shape_ = 0;
  bool knows_all_series_ = false;
  std::vector<double> values_;
  std::optional<pacer> pacer_;
  std::uint64_t sequence_ = 0;  // of the next sample

  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_stopping_ = false;  // guarded by mutex_
};

}  // namespace tidegate::generate
