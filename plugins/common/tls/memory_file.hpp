// A file that has a path but lies in memory alone: for a library that takes secrets only by file name.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace tidegate::tls {

// The path leads to the content as long as this lives, in this process. Movable.
class memory_file {
 public:
  memory_file() = default;
  // Throws tidegate::error, temporary.
  explicit memory_file(std::string_view content);
  memory_file(memory_file&& other) noexcept : file_{std::exchange(other.file_, -1)} {}
  memory_file& operator=(memory_file&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }
  ~memory_file();

  // Empty if there is none.
  std::string path() const { return file_ < 0 ? std::string{} : "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_ = -1;
};

}  // namespace tidegate::tls
