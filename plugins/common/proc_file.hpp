// A file of /proc or /sys that is read again and again.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidegate::common {

// Where contents are read to; may serve many files. It grows to what the largest of them needs and stays so.
using file_buffer = std::vector<char>;

// Opened at the first reading and kept open: a reading is one pread from the start, for which the kernel
// makes the content anew. After a failure the descriptor is closed, and the next reading opens the path
// again. Movable, one thread at a time.
class proc_file {
 public:
  // No file of the kernel comes near it.
  static constexpr std::size_t bytes_max = 16 * 1024 * 1024;

  explicit proc_file(std::string path) : path_{std::move(path)} {}
  ~proc_file() { close(); }
  proc_file(proc_file&& other) noexcept
      : path_{std::move(other.path_)},
        descriptor_{std::exchange(other.descriptor_, -1)},
        errno_{other.errno_} {}
  proc_file& operator=(proc_file&& other) noexcept;

  // The whole content as it is now, in `buffer` until that is used again; nothing when it cannot be read.
  std::optional<std::string_view> read(file_buffer& buffer);

  // For files that the kernel hands out a few records at a time (/proc/cpuinfo): reads up to the end.
  std::optional<std::string_view> read_in_pieces(file_buffer& buffer);

  // After a reading that gave nothing: "cannot read /proc/stat: No such file or directory".
  std::string problem() const;
  const std::string& path() const noexcept { return path_; }
  bool is_open() const noexcept { return descriptor_ >= 0; }
  void close() noexcept;

 private:
  bool open() noexcept;
  std::optional<std::size_t> read_at(file_buffer& buffer, std::size_t position) noexcept;
  bool grow(file_buffer& buffer);

  std::string path_;
  int descriptor_ = -1;
  int errno_ = 0;
};

}  // namespace tidegate::common
