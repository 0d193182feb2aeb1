// Calls of the C library that a test makes fail for one file, as a disk or a file server may. The program is
// linked with -Wl,--wrap for each; without orders they go through. One thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace tidegate::file_source {

struct file_calls {
  std::string path_end;  // of the file that is meant, as it is called now
  int open_error = 0;
  int read_error = 0;
  std::size_t head_bytes_max = SIZE_MAX;  // no more is given of its beginning
  std::function<void()> at_end;           // once, behind a read that found nothing more
};

// Orders from here to the end of the scope.
class ordered_file_calls {
 public:
  explicit ordered_file_calls(std::string path_end);
  ~ordered_file_calls();
  ordered_file_calls(const ordered_file_calls&) = delete;
  ordered_file_calls& operator=(const ordered_file_calls&) = delete;

  file_calls* operator->() noexcept { return &orders_; }

 private:
  file_calls orders_;
};

}  // namespace tidegate::file_source
