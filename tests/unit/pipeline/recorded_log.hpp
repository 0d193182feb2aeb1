// A log that tests can read.
#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "observe/log.hpp"

namespace tidegate::observe {

class recorded_log final : public log {
 public:
  void write(level, std::string_view who, std::string_view line) override {
    const std::lock_guard lock{mutex_};
    lines_.push_back(std::string{who} + ": " + std::string{line});
  }
  level threshold() const override { return level::trace; }
  std::vector<std::string> lines() const {
    const std::lock_guard lock{mutex_};
    return lines_;
  }
  bool has(std::string_view piece) const {
    const auto all = lines();
    return std::any_of(all.begin(), all.end(),
                       [&](const auto& line) { return line.find(piece) != std::string::npos; });
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace tidegate::observe
