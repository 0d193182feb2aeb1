// Compresses one closed file into another, and compares the two. Blocking; any thread.
#pragma once

#include <atomic>
#include <string>

#include "path_pattern.hpp"

namespace tidegate::file_sink {

// Thrown out of both functions when `stop` was set.
struct compression_stopped {};

// Reads `from` and writes the compressed content to `to`. Throws tidegate::error.
void compress(int from, const std::string& from_path, int to, const std::string& to_path, compression how,
              const std::atomic<bool>& stop);

// Whether the compressed file is whole and holds exactly the content of the plain one.
bool holds_the_same(int plain, const std::string& plain_path, int compressed,
                    const std::string& compressed_path, compression how, const std::atomic<bool>& stop);

}  // namespace tidegate::file_sink
