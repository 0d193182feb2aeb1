// What the tests of sources, steps and sinks on their strands have in common.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "observe/clock.hpp"
#include "observe/metrics.hpp"
#include "pipeline/inlet.hpp"
#include "plugin/instance.hpp"
#include "recorded_log.hpp"
#include "tidegate/plugin.hpp"
#include "unit/batch/made_batch.hpp"

namespace tidegate::pipeline {

using namespace std::chrono_literals;

inline bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

// What a scripted component does and has seen; one for each test, found through the component's options.
struct script {
  std::function<void()> on_start;
  std::function<void(delivery)> on_write;
  std::function<void(source_host)> on_poll;
  std::function<void(std::uint64_t)> on_acknowledge;
  std::function<bool(processor_host, batch_view)> on_process;
  std::function<void(processor_host)> on_tick;
  std::function<void(processor_host)> on_stop;
  std::function<void()> on_destroy;  // of a sink
  std::atomic<int> starts{0};
  std::atomic<int> stops{0};
  std::atomic<int> polls{0};
  const tidegate_host* host = nullptr;

  std::mutex mutex;
  std::vector<std::uint64_t> seen;

  void note(const delivery& of) {
    const std::lock_guard lock{mutex};
    of.for_each([&](const sample_view& sample) { seen.push_back(sample.value(0).as_u64()); });
  }
};

inline std::mutex scripts_mutex;
inline std::vector<script*> scripts;

inline script& script_of(const options& given) {
  const std::lock_guard lock{scripts_mutex};
  return *scripts[static_cast<std::size_t>(given["script"].integer())];
}

class scripted_sink {
 public:
  static constexpr component info{.name = "scripted", .summary = "Does as the test says."};
  static constexpr std::uint32_t window = 4;
  scripted_sink(sink_host host, const options& given) : script_{script_of(given)} {
    script_.host = host.raw();
  }
  void start() {
    ++script_.starts;
    if (script_.on_start) script_.on_start();
  }
  ~scripted_sink() {
    if (script_.on_destroy) script_.on_destroy();
  }
  scripted_sink(const scripted_sink&) = delete;
  scripted_sink& operator=(const scripted_sink&) = delete;
  void write(delivery given) { script_.on_write(std::move(given)); }
  void stop() { ++script_.stops; }

 private:
  script& script_;
};

class scripted_source {
 public:
  static constexpr component info{.name = "scripted", .summary = "Does as the test says."};
  scripted_source(source_host host, const options& given) : host_{host}, script_{script_of(given)} {}
  void start() {
    ++script_.starts;
    if (script_.on_start) script_.on_start();
  }
  void poll() {
    ++script_.polls;
    script_.on_poll(host_);
  }
  void stop() { ++script_.stops; }

 private:
  source_host host_;
  script& script_;
};

class scripted_processor {
 public:
  static constexpr component info{.name = "scripted", .summary = "Does as the test says."};
  scripted_processor(processor_host host, const options& given) : host_{host}, script_{script_of(given)} {}
  void start() {
    ++script_.starts;
    if (script_.on_start) script_.on_start();
  }
  bool process(batch_view batch) { return script_.on_process(host_, batch); }
  void tick() {
    if (script_.on_tick) script_.on_tick(host_);
  }
  void stop() {
    ++script_.stops;
    if (script_.on_stop) script_.on_stop(host_);
  }

 private:
  processor_host host_;
  script& script_;
};

// The end of the line: keeps what it is given.
struct collecting_inlet final : inlet {
  bool push(const batch_ref& batch, const receipt& claim, const std::stop_token&) override {
    const std::lock_guard lock{mutex};
    batches.push_back(batch);
    claims.push_back(claim);
    return true;
  }
  void expect_claims() override { expects_claims = true; }
  std::size_t count() {
    const std::lock_guard lock{mutex};
    return batches.size();
  }
  std::vector<std::uint64_t> numbers() {
    const std::lock_guard lock{mutex};
    std::vector<std::uint64_t> all;
    for (const auto& batch : batches)
      for (const auto sample : batch.view()) all.push_back(sample.value(0).as_u64());
    return all;
  }
  std::mutex mutex;
  std::vector<batch_ref> batches;
  std::vector<receipt> claims;
  bool expects_claims = false;
};

// A claim that calls `told` when its last copy is let go.
inline receipt claim_that(std::function<void()> told) {
  static const int owner = 0;
  return {&owner, [told = std::move(told)](const void*) { told(); }};
}

struct RunnerTest : testing::Test {
  observe::recorded_log log;
  observe::system_clock clock;
  observe::metrics metrics;
  plugin::environment environment{clock, log, metrics, testing::TempDir()};
  plugin::component sink_component;
  plugin::component source_component;
  plugin::component processor_component;
  std::stop_source never;

  RunnerTest() {
    sink_component.kind = config::component_kind::sink;
    sink_component.sink = &sink<scripted_sink>::functions;
    source_component.kind = config::component_kind::source;
    source_component.source = &source<scripted_source>::functions;
    processor_component.kind = config::component_kind::processor;
    processor_component.processor = &processor<scripted_processor>::functions;
  }

  config::instance options_for(script& of, config::component_kind kind, std::string name) {
    config::instance made;
    made.name = std::move(name);
    made.kind = kind;
    made.path = made.name;
    made.retry.min = 1ms;
    made.retry.max = 5ms;
    made.interval = 1ms;
    const std::lock_guard lock{scripts_mutex};
    config::value number;
    number.data = static_cast<std::int64_t>(scripts.size());
    made.options.data = config::value::map{{"script", number}};
    scripts.push_back(&of);
    return made;
  }

  std::int64_t soon() const { return clock.now_monotonic() + 20'000'000'000; }
};

inline std::vector<std::uint64_t> up_to(std::uint64_t end) {
  std::vector<std::uint64_t> all;
  for (std::uint64_t number = 0; number < end; ++number) all.push_back(number);
  return all;
}

}  // namespace tidegate::pipeline
