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

#include "config/condition.hpp"
#include "config/diagnostics.hpp"
#include "config/position.hpp"
#include "config/value.hpp"

namespace tidegate::config {

class schema;
class document;

enum class component_kind { source, processor, sink };
std::string_view to_string(component_kind kind);

enum class buffer_type { memory, disk };
enum class when_full { block, drop_oldest, drop_newest, thin_out };

// When samples that go to disk count as accepted.
struct commit_rule {
  enum class mode {
    window,  // once they are on the disk, at most `window` after they came
    always,  // the same, at once
    never,   // once they were written: safe from a kill, not from a power cut
  };
  mode when = mode::window;
  std::chrono::nanoseconds window = std::chrono::seconds{1};
};

// Where what a pipeline has accepted waits for its sinks, and the limits for each of them.
struct buffer {
  // max_bytes, if nothing is said.
  static constexpr std::uint64_t memory_bytes = std::uint64_t{16} << 20;
  static constexpr std::uint64_t disk_bytes = std::uint64_t{512} << 20;

  buffer_type type = buffer_type::memory;
  commit_rule commit;  // on disk
  std::uint64_t max_bytes = memory_bytes;
  std::optional<std::uint64_t> max_samples;
  std::optional<std::chrono::nanoseconds> max_age;
  // Dropping by default: one sink that is away must not make the sources wait for it.
  config::when_full when_full = config::when_full::drop_oldest;
  bool report_gaps = false;  // whether what they discard is told as data
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
  // Sources that cannot wait: what is kept for them while their pipelines are full.
  std::chrono::nanoseconds ring = std::chrono::seconds{10};
  std::uint64_t ring_bytes_max = 4 * 1024 * 1024;
  bool report_gaps = false;  // and whether what was lost is told as data
  batch_limits batch;        // sinks
  retry_limits retry;        // sinks, and start of all kinds
  // Sinks: samples a second, while they catch up with what has piled up.
  std::optional<std::uint32_t> catch_up_rate;
  bool live_first = false;  // and whether what comes meanwhile is delivered before that
};

// An error that the component itself found in its options, as if the check had: `option` is the path inside
// them ("tls.key"), or empty.
diagnostic about_option(const instance& of, std::string_view option, std::string text);

struct pipeline {
  std::string name;
  std::vector<std::string> from;            // sources, patterns resolved
  std::vector<std::string> from_pipelines;  // what comes out of their steps
  std::vector<std::string> from_rejected;   // sinks: what they refuse for good
  std::vector<condition> when;              // one must hold for a sample; none: it takes all
  std::vector<instance> process;
  std::vector<std::string> to;  // none only where other pipelines read it
  config::buffer buffer;

  bool reads_others() const noexcept { return !from_pipelines.empty() || !from_rejected.empty(); }
  position where;
};

// The log on disk that all buffers of type disk share.
struct spool_options {
  std::filesystem::path path;
  std::uint64_t max_bytes = std::uint64_t{1} << 30;
  std::uint64_t min_free_bytes = std::uint64_t{64} << 20;  // left to others on the file system
  // How much may be written a day before `check` warns: flash wears out by what is written.
  std::optional<std::uint64_t> daily_write_budget;
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
  std::filesystem::path state_path;                 // where instances keep what must outlive a restart
  std::vector<std::filesystem::path> plugin_paths;  // as written; empty: where a build or a package has them
  spool_options spool;
  std::vector<instance> sources;
  std::vector<instance> sinks;
  std::vector<pipeline> pipelines;

  // Where the options of the gateway itself stand that were written: "gateway.id".
  std::map<std::string, position> places;
};

// Whether a pipeline of it keeps what it accepts on disk, and the names of the routes that do: "telemetry ->
// aws".
bool has_durable(const gateway& of) noexcept;
std::vector<std::string> durable_routes(const gateway& of);

// What decides which of the host's options a source has.
struct source_traits {
  bool polled = false;  // has a poll function, so `interval` applies
  bool lossy = false;   // cannot wait, so `ring` applies
};

// Gives the schemas of components to check(). Implemented by whoever loads plugins.
class component_schemas {
 public:
  struct found {
    const config::schema* options = nullptr;  // null: there is no such component, and `problem` says why
    source_traits source;
    std::string problem;  // "no plugin offers a source 'cpx'; did you mean 'cpu'?"
  };
  virtual ~component_schemas() = default;
  virtual found find(component_kind kind, const std::string& plugin) = 0;
};

}  // namespace tidegate::config
