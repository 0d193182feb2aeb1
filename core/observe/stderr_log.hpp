// The log as the program writes it.
#pragma once

#include <atomic>
#include <memory>
#include <string_view>

#include "observe/log.hpp"

namespace spdlog {
class logger;
}

namespace tidegate::observe {

class stderr_log final : public log {
 public:
  stderr_log(level threshold, format as);
  ~stderr_log() override;

  void write(level of, std::string_view who, std::string_view line) override;
  level threshold() const override { return threshold_; }
  void set_threshold(level to) { threshold_ = to; }

 private:
  std::unique_ptr<spdlog::logger> out_;
  std::atomic<level> threshold_;
  format format_;
};

}  // namespace tidegate::observe
