// The program's log: lines on standard error, as text or JSON.
#pragma once

#include <cstdint>
#include <string_view>

#include "tidegate/abi.h"

namespace tidegate::observe {

enum class level : std::uint32_t {
  trace = TIDEGATE_LOG_TRACE,
  debug = TIDEGATE_LOG_DEBUG,
  info = TIDEGATE_LOG_INFO,
  warning = TIDEGATE_LOG_WARNING,
  error = TIDEGATE_LOG_ERROR,
};

// Lines go out whole, in order, at once. Any thread.
class log {
 public:
  enum class format { text, json };

  virtual ~log() = default;
  // `who` is the instance or part that speaks ("source cpu"), empty for the program itself. Line breaks
  // in `line` are written as spaces.
  virtual void write(level of, std::string_view who, std::string_view line) = 0;
  virtual level threshold() const = 0;

  bool takes(level of) const { return of >= threshold(); }
  void debug(std::string_view who, std::string_view line) {
    if (takes(level::debug)) write(level::debug, who, line);
  }
  void info(std::string_view who, std::string_view line) {
    if (takes(level::info)) write(level::info, who, line);
  }
  void warning(std::string_view who, std::string_view line) {
    if (takes(level::warning)) write(level::warning, who, line);
  }
  void error(std::string_view who, std::string_view line) { write(level::error, who, line); }
};

}  // namespace tidegate::observe
