// The options of the sink, read.
#pragma once

#include <chrono>
#include <string_view>

#include "open_file.hpp"
#include "path_pattern.hpp"
#include "retention.hpp"
#include "rotation.hpp"
#include "tidegate/options.hpp"

namespace tidegate::file_sink {

struct file_options {
  path_pattern pattern;
  open_options file;
  rotation_limits rotation;
  retention_limits retention;
  compression compress = compression::none;
  bool acknowledge_after_fsync = false;
  std::chrono::nanoseconds fsync_interval{0};
};

// Throws tidegate::error of class configuration, with the option that is wrong.
file_options read_options(const options& given);

}  // namespace tidegate::file_sink
