// Runs a step as the gateway does: the real .so, found and opened by the catalogue, its options checked by
// the host, its calls on the host's side of the ABI. Only the clocks and what lies behind the step are made
// up.
#pragma once

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "batch/batch_ref.hpp"
#include "config/gateway.hpp"
#include "config/load.hpp"
#include "observe/clock.hpp"
#include "observe/log.hpp"
#include "observe/metrics.hpp"
#include "plugin/catalogue.hpp"
#include "plugin/instance.hpp"
#include "tidegate/testing.hpp"

namespace tidegate::testing {

struct standing_clock final : observe::clock {
  std::int64_t utc = 0;
  std::int64_t monotonic = 1'000'000'000;
  std::int64_t now_utc() const override { return utc; }
  std::int64_t now_monotonic() const override { return monotonic; }
};

struct kept_log final : observe::log {
  std::vector<std::string> lines;
  void write(observe::level of, std::string_view, std::string_view line) override {
    static constexpr const char* names[] = {"trace", "debug", "info", "warning", "error"};
    lines.push_back(std::string{names[static_cast<int>(of)]} + ": " + std::string{line});
  }
  observe::level threshold() const override { return observe::level::info; }
};

// A folder that goes with its content.
class own_folder {
 public:
  own_folder() {
    char name[] = "/tmp/tidegate-processor-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  own_folder(const own_folder&) = delete;
  own_folder& operator=(const own_folder&) = delete;
  ~own_folder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class driver final : public plugin::services {
 public:
  // The step as it stands in `process:`: "{plugin: filter, keep: {name: cpu}}", or lines. What is wrong with
  // it is in problems().
  explicit driver(const std::string& step) : catalogue_{{PLUGINS}} {
    config::diagnostics said;
    const auto document = config::load_text(whole_file(step), "gateway.yaml", said);
    configuration_ = config::check(document, catalogue_, said);
    for (const auto& each : said.sorted()) problems_.push_back(each.path + ": " + each.text);
    if (configuration_) make();
  }
  ~driver() override { end(); }

  const std::vector<std::string>& problems() const { return problems_; }
  bool works() const { return instance_ != nullptr; }

  // What the step says of a batch; its samples, or what it submits, go to `passed`. A temporary error is
  // followed by the same batch, as in the gateway, for `tries` times.
  tidegate_status process(const batch_builder& samples, int tries = 1) {
    return process(in_host_memory(samples), tries);
  }
  tidegate_status process(const batch_ref& batch, int tries = 1) {
    const tidegate_slice slice{batch.block(), 0, batch.view().size()};
    for (int attempt = 1;; ++attempt) {
      const auto said = instance_->process(slice);
      if (said.status == TIDEGATE_PASS) passed(batch);
      if (said.status == TIDEGATE_OK || said.status == TIDEGATE_PASS) return said.status;
      failures.push_back(said.text);
      if (said.status != TIDEGATE_ERROR_TEMPORARY || attempt == tries) return said.status;
      memory_is_out = false;
    }
  }
  // Both clocks; ticks that fall due meanwhile come at their times.
  void advance(std::int64_t by) {
    const auto until = clock.monotonic + by;
    // A step that asks for its timer without end is a failure, and no reason to wait.
    for (int ticks = 0; timer_due_ <= until && ticks < 10'000; ++ticks) {
      const auto step = std::max<std::int64_t>(timer_due_ - clock.monotonic, 0);
      clock.monotonic += step;
      clock.utc += step;
      timer_due_ = INT64_MAX;
      instance_->tick();
    }
    clock.utc += until - clock.monotonic;
    clock.monotonic = until;
  }
  void stop() { instance_->stop(); }
  void start() { instance_->start(); }
  // As when the program is stopped and started again. Another step in its place if one is given.
  void restart() {
    end();
    make();
  }

  double metric(const std::string& name) {
    auto* found = metrics.make("processor p.process[0]", observe::metric_kind::counter, name, "");
    if (found == nullptr)
      found = metrics.make("processor p.process[0]", observe::metric_kind::gauge, name, "");
    return found == nullptr ? -1 : found->value();
  }
  static batch_ref in_host_memory(const batch_builder& samples) {
    void* block = allocate_block(samples.bytes());
    samples.write_to(block);
    return batch_ref::adopt(block);
  }

  standing_clock clock;
  kept_log log;
  observe::metrics metrics;
  bool memory_is_out = false;
  std::vector<std::string> failures;
  std::function<void(const batch_ref&)> passed = [](const batch_ref&) {};

  // plugin::services
  void* batch_allocate(std::uint32_t bytes) override {
    return memory_is_out ? nullptr : allocate_block(bytes);
  }
  void batch_discard(void* block) override { release_block(block); }
  tidegate_status batch_submit(void* block) override {
    passed(batch_ref::adopt(block));
    return TIDEGATE_OK;
  }
  void complete(std::uint64_t, const tidegate_outcome&) override {}
  void set_timer(std::int64_t delay) override {
    timer_due_ = delay < 0 ? INT64_MAX : clock.monotonic + delay;
  }

 private:
  static std::string whole_file(const std::string& step) {
    std::string text =
        "sources: {in: {plugin: generate}}\n"
        "sinks: {out: {plugin: \"null\"}}\n"
        "pipelines:\n  p:\n    from: in\n    to: out\n    process:\n    -\n";
    std::istringstream lines{step};
    for (std::string line; std::getline(lines, line);) text += "      " + line + "\n";
    return text;
  }
  void make() {
    const auto& options = configuration_->pipelines[0].process[0];
    plugin::result said;
    instance_ =
        plugin::instance::create(*catalogue_.get(options.kind, options.plugin), options.name,
                                 "processor " + options.name, options.options, environment_, *this, said);
    if (instance_ == nullptr) {
      const auto told = config::about_option(options, said.option, said.text);
      problems_.push_back(told.path + ": " + told.text);
    } else if (const auto started = instance_->start(); !started.ok()) {
      problems_.push_back("start: " + started.text);
    }
  }
  void end() {
    if (instance_ == nullptr) return;
    instance_->stop();
    instance_.reset();
    timer_due_ = INT64_MAX;
  }

  own_folder state_;
  plugin::environment environment_{clock, log, metrics, state_.path(), "gateway"};
  plugin::catalogue catalogue_;
  std::optional<config::gateway> configuration_;
  std::vector<std::string> problems_;
  std::int64_t timer_due_ = INT64_MAX;
  std::unique_ptr<plugin::instance> instance_;
};

}  // namespace tidegate::testing
