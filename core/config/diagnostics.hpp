// What is wrong with a configuration: all of it, not the first alone.
#pragma once

#include <string>
#include <vector>

#include "config/position.hpp"

namespace tidegate::config {

struct diagnostic {
  enum class severity { error, warning };
  position where;
  std::string path;  // of the option: "sinks.aws.tls.key"; empty for the file as a whole
  std::string text;  // what is wrong and what to do, one line
  severity level = severity::error;
};

// "gateway.yaml:12:5: error: sinks.archive.pth: unknown option; did you mean 'path'?"
std::string to_string(const diagnostic& said);

// Gathers diagnostics. One thread at a time.
class diagnostics {
 public:
  void error(position where, std::string path, std::string text);
  void warning(position where, std::string path, std::string text);
  bool has_errors() const noexcept { return errors_ != 0; }
  // By file, line and column.
  std::vector<diagnostic> sorted() const;

 private:
  std::vector<diagnostic> all_;
  int errors_ = 0;
};

}  // namespace tidegate::config
