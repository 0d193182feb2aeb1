// The checked configuration of a gateway: what `run` and `check` work with.
//
//   files --load--> document --(plugin paths; schemas of the components named)--check--> gateway
//
// The two steps are apart because a component's options can only be checked once its plugin is loaded,
// and where plugins are looked for stands in the same files.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/position.hpp"
#include "config/value.hpp"

namespace tidegate::config {

class schema;
class document;

enum class component_kind { source, processor, sink };
std::string_view to_string(component_kind kind);

enum class when_full { block, drop_oldest, drop_newest };

// The limits of what waits for one sink of a pipeline.
struct buffer {
  std::uint64_t max_bytes = 16 * 1024 * 1024;
  std::optional<std::uint64_t> max_samples;
  std::optional<std::chrono::nanoseconds> max_age;
  // Dropping by default: one sink that is away must not make the sources wait for it.
  config::when_full when_full = config::when_full::drop_oldest;
};

// What a sink is handed at a time: as much as waits, but not more than these, and not before max_wait has
// passed or a limit is reached.
struct batch_limits {
  std::uint32_t max_samples = 10'000;
  std::uint32_t max_bytes = 1024 * 1024;
  std::chrono::nanoseconds max_wait{0};
};

// Delays double from min to max, each drawn evenly between zero and the current one (full jitter).
struct retry_limits {
  std::chrono::nanoseconds min = std::chrono::seconds{1};
  std::chrono::nanoseconds max = std::chrono::minutes{2};
};

// A source, a sink, or one step of a pipeline.
struct instance {
  std::string name;    // as written under sources: or sinks:; "telemetry.process[0]" for a step
  std::string plugin;  // the component's name
  component_kind kind = component_kind::source;
  value options;  // the component's own, a map
  position where;
  std::string path;  // "sources.cpu": what option paths in messages begin with

  std::map<std::string, std::string> tags;           // sources: put on every sample, over the gateway's
  std::optional<std::chrono::nanoseconds> interval;  // sources that are polled
  batch_limits batch;                                // sinks
  retry_limits retry;                                // sinks, and start of all kinds
};

// An error that the component itself found in its options, as if the check had: `option` is the path inside
// them ("tls.key"), or empty.
diagnostic about_option(const instance& of, std::string_view option, std::string text);

struct pipeline {
  std::string name;
  std::vector<std::string> from;
  std::vector<instance> process;
  std::vector<std::string> to;
  config::buffer buffer;
  position where;
};

struct log_options {
  std::string level = "info";   // trace, debug, info, warning, error
  std::string format = "text";  // text, json
};

struct gateway {
  std::string id;  // default: the host name
  std::map<std::string, std::string> tags;
  std::chrono::nanoseconds shutdown_timeout = std::chrono::seconds{10};
  log_options log;
  std::filesystem::path state_path;  // where instances keep what must outlive a restart
  std::vector<instance> sources;
  std::vector<instance> sinks;
  std::vector<pipeline> pipelines;
};

// Gives the schemas of components to check(). Implemented by whoever loads plugins.
class component_schemas {
 public:
  struct found {
    const config::schema* options = nullptr;  // null: there is no such component, and `problem` says why
    bool polled = false;                      // source: has a poll function, so `interval` applies
    std::string problem;                      // "no plugin offers a source 'cpx'; did you mean 'cpu'?"
  };
  virtual ~component_schemas() = default;
  virtual found find(component_kind kind, const std::string& plugin) = 0;
};

}  // namespace tidegate::config
