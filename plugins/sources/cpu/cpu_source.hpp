// The source `cpu`: what README.md describes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "frequency.hpp"
#include "proc_file.hpp"
#include "proc_stat.hpp"
#include "tidegate/plugin.hpp"
#include "usage.hpp"

namespace tidegate::cpu {

// start() reads the counters for the first time; each poll() compares them with those of the poll before.
class cpu_source {
 public:
  static constexpr component info{.name = "cpu",
                                  .summary = "CPU utilisation, load averages and frequency, from the kernel.",
                                  .options = R"({"type": "object", "properties": {
  "interval": {"type": "string", "unit": "duration", "default": "5s", "minimum": "10ms",
    "description": "How often to read; percentages are over the time since the reading before."},
  "total": {"type": "boolean", "default": true,
    "description": "A series of all CPUs together, with tag cpu=total."},
  "per_core": {"type": "boolean", "default": false,
    "description": "A series for each CPU, with tag cpu=cpu0, cpu=cpu1, ..."},
  "frequency": {"type": "boolean", "default": true,
    "description": "Read the present frequency of each CPU as well."},
  "proc_path": {"type": "string", "unit": "path", "default": "/proc",
    "description": "Where the proc file system is mounted; in a container, where that of the host is."},
  "sys_path": {"type": "string", "unit": "path", "default": "/sys",
    "description": "Where the sys file system is mounted."}
}})"};
  static constexpr auto flow = tidegate::flow::pausable;

  cpu_source(source_host host, const options& options);
  void start();
  void poll();
  void stop();

 private:
  // A series, and the reading that the next one is compared with.
  struct tracked {
    std::uint32_t number;  // of the CPU; the total has none
    std::uint32_t series;
    cpu_times before;
    bool is_on = true;
  };

  void read_stat();
  void follow_cpus();
  tracked& track(std::uint32_t number);
  void add_sample(tracked& of, const cpu_times& now, std::int64_t time, std::optional<double> megahertz,
                  const std::optional<load_averages>& load);
  std::optional<load_averages> read_load();
  // `line` makes the text, which costs memory, only when it is needed.
  template <class Line>
  void say_once(bool& said, std::uint32_t level, Line line);

  source_host host_;
  bool wants_total_;
  bool wants_cores_;
  bool wants_frequency_;

  common::file_buffer buffer_;
  common::proc_file stat_;
  common::proc_file loadavg_;
  frequency_reader frequencies_;

  batch_builder builder_;
  stat_reading reading_;
  tracked total_;
  std::vector<tracked> cores_;  // ascending by number; of those that are off too

  metric resets_;
  metric unreadable_;
  bool said_reset_ = false;
  bool said_unreadable_ = false;
  bool said_no_load_ = false;
};

}  // namespace tidegate::cpu
