// Where reading may begin in a file that was there already: not in the middle of a line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tidegate/plugin.hpp"

namespace tidegate::file_source {

// Immutable.
class frame_end {
 public:
  frame_end(const options& framing, const options& format);

  // The end of the last whole frame in the first `size` bytes of the file; `size` where the framing has no
  // delimiter by which it could be found, or where it cannot be read.
  std::uint64_t last(int file, std::uint64_t size) const;

 private:
  std::string delimiter_;  // empty: none
  std::size_t frame_bytes_max_;
};

}  // namespace tidegate::file_source
