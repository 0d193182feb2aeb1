// What the tests of sinks have in common: one with a route in memory, one that is fed from a spool.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "fake_spool.hpp"
#include "fixture.hpp"
#include "pipeline/sink_runner.hpp"
#include "pipeline/spool_backlog.hpp"

namespace tidegate::pipeline {

struct SinkRunnerTest : RunnerTest {
  script does;
  config::instance options = options_for(does, config::component_kind::sink, "out");
  std::unique_ptr<sink_runner> runner;
  memory_backlog* way = nullptr;

  void begin(config::buffer limits = {}) {
    runner = std::make_unique<sink_runner>(options, std::uint16_t{1}, sink_component, environment);
    ASSERT_TRUE(runner->create().ok());
    way = &runner->add_memory_route("line", limits);
    runner->start();
  }
  void push(std::uint64_t first, std::uint32_t count) {
    way->push(make_batch(first, count), {}, never.get_token());
  }
  void end() {
    runner->request_drain();
    ASSERT_TRUE(runner->worker().join_until(soon()));
    EXPECT_TRUE(way->ledger().balanced());
  }
};

// A sink that is fed from a spool.
struct SpooledSinkTest : SinkRunnerTest {
  spool::fake_spool disk;
  spool::stream* stream = nullptr;
  spool::fake_reader* reader = nullptr;
  dead_letters* letters = nullptr;

  void make() {
    runner = std::make_unique<sink_runner>(options, std::uint16_t{1}, sink_component, environment);
    ASSERT_TRUE(runner->create().ok());
    stream = &disk.add_stream("line", {});
    reader =
        &static_cast<spool::fake_reader&>(disk.add_reader(*stream, "out", {}, [this] { runner->wake(); }));
    runner->add_route("line", std::make_unique<spool_backlog>(*reader, clock), letters);
  }
  void spool_up(std::uint64_t first, std::uint32_t count) { stream->push(make_batch(first, count), {}, {}); }
  void finish() {
    runner->request_drain();
    ASSERT_TRUE(runner->worker().join_until(soon()));
    EXPECT_TRUE(reader->ledger().balanced());
  }
};

}  // namespace tidegate::pipeline
