// The files of a sink that lie on disk: regular files below the fixed folder of its pattern whose whole
// name reads as one of its own. Symbolic links are neither listed nor followed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "path_pattern.hpp"

namespace tidegate::file_sink {

struct own_file {
  std::string path;
  own_name name;
  std::uint64_t size = 0;
  std::int64_t modified = 0;  // UTC, nanoseconds
};

// Oldest first; empty where the folder is missing. Throws temporary if a folder cannot be read.
std::vector<own_file> list_own_files(const path_pattern& pattern);

}  // namespace tidegate::file_sink
