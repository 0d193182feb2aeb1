// A gateway without a world: the pipelines and steps of a configuration as they are, between sources that
// give what they are told to and sinks that keep what they get, under a clock that stands until it is moved.
// No source and no sink is made, so nothing is opened; everything happens within the call, in an order that
// is always the same.
//
// What a gateway does beyond that is left out: batches are not regrouped for sinks, what waits on disk waits
// in memory with the same limits, and losses are not told as samples of tidegate_gap.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/gateway.hpp"
#include "observe/clock.hpp"
#include "observe/log.hpp"
#include "observe/metrics.hpp"
#include "pipeline/gate.hpp"
#include "pipeline/rehearsed_sink.hpp"
#include "pipeline/rehearsed_steps.hpp"
#include "plugin/catalogue.hpp"
#include "plugin/instance.hpp"
#include "tidegate/batch_builder.hpp"

namespace tidegate::pipeline {

// A sample where it lies.
struct located_sample {
  batch_ref batch;
  std::uint32_t index = 0;
  sample_view view() const { return batch.view()[index]; }
};

// One thread at a time.
class rehearsal {
 public:
  // Null where a step refuses its options, which goes to `said`. Configuration and catalogue outlive it;
  // steps keep their state below `state_path`, which is the caller's to remove. The clock begins at `utc`.
  static std::unique_ptr<rehearsal> create(const config::gateway& options, plugin::catalogue& plugins,
                                           const std::filesystem::path& state_path, std::int64_t utc,
                                           config::diagnostics& said);
  ~rehearsal();
  rehearsal(const rehearsal&) = delete;
  rehearsal& operator=(const rehearsal&) = delete;

  // Where samples can be looked at: "sinks.NAME", "pipelines.NAME" for what comes out of its steps, and
  // "pipelines.NAME.process[N]" for what comes out of one of them.
  static std::vector<std::string> points(const config::gateway& options);

  // The names are those of the configuration.
  void give(const std::string& source, const batch_builder& samples);  // with the tags of the configuration
  void wait(std::int64_t nanoseconds);
  rehearsed_sink& sink(const std::string& name);
  std::int64_t now_utc() const noexcept { return clock_.now_utc(); }

  // What has come to a point since it was asked the last time, in order.
  std::vector<located_sample> take(const std::string& point);
  // What went wrong, and what was logged as a warning or worse, since it was asked the last time.
  std::vector<std::string> take_words();

 private:
  struct standing_clock final : observe::clock {
    std::int64_t utc = 0;
    std::int64_t monotonic = 3'600'000'000'000;
    std::int64_t now_utc() const override { return utc; }
    std::int64_t now_monotonic() const override { return monotonic; }
    void advance(std::int64_t by) {
      utc += by;
      monotonic += by;
    }
  };
  struct kept_log final : observe::log {
    std::vector<std::string> lines;
    void write(observe::level, std::string_view who, std::string_view line) override;
    observe::level threshold() const override { return observe::level::warning; }
  };

  rehearsal(const config::gateway& options, const std::filesystem::path& state_path, std::int64_t utc);
  void wire(plugin::catalogue& plugins, config::diagnostics& said);
  void wire_pipeline(const config::pipeline& pipeline, plugin::catalogue& plugins, config::diagnostics& said);
  void connect_pipelines();
  inlet& head_of(std::size_t place);
  bool tick_before(std::int64_t until);

  const config::gateway& options_;
  standing_clock clock_;
  kept_log log_;
  observe::metrics metrics_;
  plugin::environment environment_;
  std::map<std::string, std::vector<located_sample>> came_;  // by point
  std::map<std::string, fan_out> sources_;
  std::deque<rehearsed_sink> sinks_;  // as in the configuration
  std::deque<rehearsed_steps> pipelines_;
  std::deque<gate> gates_;
};

}  // namespace tidegate::pipeline
