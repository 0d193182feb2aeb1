// Cases as folders: what a kernel said, and what the source makes of it.
//
//   cases/<source>/<case>/1/proc/..., 2/proc/..., 2/sys/...   the kernel's files at each reading
//                         expected.txt                        what came of each, as written by transcript()
//
// The source is started at the first reading and polled at each later one (with `polled_at_once` at the
// first too). Files are changed in place, so that descriptors that are kept open see them.
#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "made_up_folder.hpp"
#include "tidegate/testing.hpp"

namespace tidegate::testing {

inline std::string shortest(double number) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  return {digits, end};
}

// cpu{cpu=total}
//   usage 12.5
inline std::string text_of(const sample& from) {
  std::string text = from.name + "{";
  for (const auto& [key, value] : from.tags) text += key + "=" + value;
  text += "}\n";
  for (const auto& field : from.fields) {
    text += "  " + field.name + " ";
    const auto* integer = std::get_if<std::uint64_t>(&field.value);
    text += (integer != nullptr ? std::to_string(*integer) : shortest(std::get<double>(field.value))) + "\n";
  }
  return text;
}

inline std::vector<std::string> folders_in(const std::filesystem::path& path) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{path})
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

struct case_rules {
  std::vector<std::string> metrics;  // whose values stand at the end
  bool polled_at_once = false;
};

// Paths of the made-up folder are written as they would be on a machine: /proc/stat.
template <class Source>
std::string transcript(const std::filesystem::path& folder, option_map (*options)(const made_up_folder&),
                       const case_rules& rules) {
  made_up_folder machine;
  testing::host host;
  const auto given = options(machine);
  std::string text;
  Source source{host.source(), given};
  const auto attempt = [&](const char* what, auto call) {
    try {
      call();
    } catch (const error& failed) {
      text += std::string{what} + " fails: " + failed.what() + "\n";
    }
  };
  for (const auto& step : folders_in(folder)) {
    machine.become(folder / step);
    text += "--- " + step + "\n";
    if (step == "1") attempt("start", [&] { source.start(); });
    if (step != "1" || rules.polled_at_once) attempt("poll", [&] { source.poll(); });
    for (const auto& sample : host.samples()) text += text_of(sample);
    host.clear_batches();
    host.advance(std::chrono::seconds{5});
  }
  source.stop();
  text += "---\n";
  for (const auto& line : host.log_lines())
    text += "log " + std::to_string(line.level) + ": " + line.text + "\n";
  for (const auto& name : rules.metrics) text += name + " " + shortest(host.metric(name)) + "\n";
  for (const auto& wrong : host.violations()) text += "violation: " + wrong + "\n";
  for (auto at = text.find(machine.path()); at != std::string::npos; at = text.find(machine.path()))
    text.erase(at, machine.path().size());
  return text;
}

}  // namespace tidegate::testing
