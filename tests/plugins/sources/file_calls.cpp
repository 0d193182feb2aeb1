#include "file_calls.hpp"

#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "wrapped_calls.hpp"

namespace tidegate::file_source {
namespace {

file_calls* given = nullptr;

bool is_meant(std::string_view path) { return given != nullptr && path.ends_with(given->path_end); }

bool is_meant(int file) {
  char path[4096];
  const auto length = ::readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), path, sizeof path);
  return length > 0 && is_meant(std::string_view{path, static_cast<std::size_t>(length)});
}

}  // namespace

ordered_file_calls::ordered_file_calls(std::string path_end) {
  orders_.path_end = std::move(path_end);
  given = &orders_;
}
ordered_file_calls::~ordered_file_calls() { given = nullptr; }

extern "C" {

int __real_open(const char*, int, ...);
ssize_t __real_pread(int, void*, size_t, off_t);

// None of those that are linked makes a file.
int __wrap_open(const char* path, int flags, ...) {
  if (given == nullptr || given->open_error == 0 || !is_meant(path)) return __real_open(path, flags);
  errno = given->open_error;
  return -1;
}

ssize_t __wrap_pread(int file, void* into, size_t bytes, off_t offset) {
  if (given == nullptr || !is_meant(file)) return __real_pread(file, into, bytes, offset);
  if (given->read_error != 0) {
    errno = given->read_error;
    return -1;
  }
  if (bytes <= 1024) {
    const auto left = given->head_bytes_max - std::min(given->head_bytes_max, static_cast<size_t>(offset));
    return __real_pread(file, into, std::min(bytes, left), offset);
  }
  const auto got = __real_pread(file, into, bytes, offset);
  if (got == 0 && given->at_end) std::exchange(given->at_end, nullptr)();
  return got;
}

}  // extern "C"

}  // namespace tidegate::file_source
