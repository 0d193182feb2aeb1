// One instance of a component: the host's side of the ABI.
//
// create() -> start() -> poll/process/write/tick -> stop() -> destructor, on one strand of execution: calls
// never overlap, except request_stop(). The class keeps to the order of the ABI's life cycle by
// assertions; when what is called is decided in core/pipeline.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "config/value.hpp"
#include "observe/clock.hpp"
#include "observe/log.hpp"
#include "observe/metrics.hpp"
#include "plugin/catalogue.hpp"
#include "tidegate/abi.h"

namespace tidegate::plugin {

// What a call said. `option` is the path of the wrong option inside the instance's options.
struct result {
  tidegate_status status = TIDEGATE_OK;
  std::string option;
  std::string text;
  bool ok() const noexcept { return status == TIDEGATE_OK; }
};

// What instances share.
struct environment {
  const observe::clock& clock;
  observe::log& log;
  observe::metrics& metrics;
  std::filesystem::path state_path;
  std::string gateway_id;
};

// The instance's calls into the pipeline it is part of; any thread, see tidegate_host for each.
class services {
 public:
  virtual ~services() = default;
  virtual void* batch_allocate(std::uint32_t bytes) = 0;
  virtual void batch_discard(void* block) = 0;
  virtual tidegate_status batch_submit(void* block) = 0;
  // What tidegate_flow says of them. Without an own version nothing is ever acknowledged.
  virtual tidegate_status submit_marked(void* block, std::uint64_t mark, std::uint32_t flags);
  virtual std::uint64_t credit() const { return UINT64_MAX; }
  // What tidegate_health says of it.
  virtual void report(std::uint32_t, std::string_view) {}
  virtual void complete(std::uint64_t token, const tidegate_outcome& outcome) = 0;
  virtual void set_timer(std::int64_t delay) = 0;
};

class instance {
 public:
  // `who` is how the log names it ("source cpu"), `name` what the plugin and metrics are told ("cpu").
  // Null, with `said` filled, when the component refused. Component, environment and services outlive it.
  static std::unique_ptr<instance> create(const component& of, std::string name, std::string who,
                                          const config::value& options, const environment& with,
                                          services& calls, result& said);
  ~instance();  // destroys it; it must not be started
  instance(const instance&) = delete;
  instance& operator=(const instance&) = delete;

  result start();
  result poll();                                 // source
  result acknowledge(std::uint64_t mark);        // source that is replayable
  result process(const tidegate_slice& batch);   // processor; TIDEGATE_PASS is not an error
  result write(const tidegate_delivery& batch);  // sink
  result tick();
  void request_stop();  // any thread
  void stop();

  const std::string& name() const;
  const std::string& who() const;
  std::uint32_t window() const;  // sink: deliveries it takes at a time, at least 1

 private:
  struct content;
  explicit instance(std::unique_ptr<content>);
  std::unique_ptr<content> content_;
};

}  // namespace tidegate::plugin
