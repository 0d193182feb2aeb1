#include "frequency.hpp"

#include <algorithm>

namespace tidegate::cpu {

const std::vector<std::optional<double>>& frequency_reader::read(const std::vector<cpu_reading>& cpus,
                                                                 common::file_buffer& buffer) {
  if (!are_those_of(cpus)) follow(cpus);
  megahertz_.clear();
  for (auto& each : files_) megahertz_.push_back(each.is_there ? read(each, buffer) : std::nullopt);
  const auto lacks = [](const cpu_file& of) { return !of.is_there; };
  if (cpuinfo_has_it_ && std::any_of(files_.begin(), files_.end(), lacks)) fill_from_cpuinfo(buffer);
  return megahertz_;
}

void frequency_reader::close() {
  files_.clear();
  cpuinfo_.close();
  cpuinfo_has_it_ = true;
}

bool frequency_reader::are_those_of(const std::vector<cpu_reading>& cpus) const noexcept {
  return std::equal(files_.begin(), files_.end(), cpus.begin(), cpus.end(),
                    [](const cpu_file& own, const cpu_reading& cpu) { return own.number == cpu.number; });
}

void frequency_reader::follow(const std::vector<cpu_reading>& cpus) {
  files_.clear();
  for (const auto& cpu : cpus) {
    const auto folder = sys_path_ + "/devices/system/cpu/cpu" + std::to_string(cpu.number);
    files_.push_back({cpu.number, common::proc_file{folder + "/cpufreq/scaling_cur_freq"}});
  }
  cpuinfo_has_it_ = true;
}

std::optional<double> frequency_reader::read(cpu_file& of, common::file_buffer& buffer) {
  const auto text = of.file.read(buffer);
  of.is_there = text.has_value();
  return text ? parse_frequency(*text) : std::nullopt;
}

void frequency_reader::fill_from_cpuinfo(common::file_buffer& buffer) {
  const auto text = cpuinfo_.read_in_pieces(buffer);
  parse_cpuinfo(text.value_or(std::string_view{}), of_cpuinfo_);
  cpuinfo_has_it_ = !of_cpuinfo_.empty();
  if (!cpuinfo_has_it_) return cpuinfo_.close();
  auto found = of_cpuinfo_.begin();
  for (std::size_t index = 0; index < files_.size(); ++index) {
    while (found != of_cpuinfo_.end() && found->number < files_[index].number) ++found;
    if (found == of_cpuinfo_.end()) return;
    if (!files_[index].is_there && found->number == files_[index].number)
      megahertz_[index] = found->megahertz;
  }
}

}  // namespace tidegate::cpu
