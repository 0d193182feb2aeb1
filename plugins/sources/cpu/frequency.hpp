// The present frequency of each CPU.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proc_file.hpp"
#include "proc_stat.hpp"

namespace tidegate::cpu {

// From cpufreq's scaling_cur_freq, whose files stay open while their CPU is on; for CPUs that have none,
// from /proc/cpuinfo. What the machine does not have is looked for again when the set of CPUs changes.
// One thread at a time.
class frequency_reader {
 public:
  frequency_reader(std::string sys_path, const std::string& proc_path)
      : sys_path_{std::move(sys_path)}, cpuinfo_{proc_path + "/cpuinfo"} {}

  // In MHz and in the order of `cpus`, which ascends; empty where nothing is known. Valid until the next
  // call.
  const std::vector<std::optional<double>>& read(const std::vector<cpu_reading>& cpus,
                                                 common::file_buffer& buffer);
  void close();

 private:
  struct cpu_file {
    std::uint32_t number;
    common::proc_file file;
    bool is_there = true;
  };
  bool are_those_of(const std::vector<cpu_reading>& cpus) const noexcept;
  void follow(const std::vector<cpu_reading>& cpus);
  static std::optional<double> read(cpu_file& of, common::file_buffer& buffer);
  void fill_from_cpuinfo(common::file_buffer& buffer);

  std::string sys_path_;
  common::proc_file cpuinfo_;
  bool cpuinfo_has_it_ = true;
  std::vector<cpu_file> files_;  // of the CPUs of the last reading
  std::vector<cpu_frequency> of_cpuinfo_;
  std::vector<std::optional<double>> megahertz_;
};

}  // namespace tidegate::cpu
