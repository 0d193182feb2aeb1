#include "system_calls.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

namespace tidegate::spool {

namespace {

system_calls* given = nullptr;

}  // namespace

bool system_calls::is_interrupted() {
  if (!interrupts || ++interruptions % 2 == 0) return false;
  errno = EINTR;
  return true;
}

ordered_calls::ordered_calls() { given = &orders_; }
ordered_calls::~ordered_calls() { given = nullptr; }

extern "C" {

ssize_t __real_pwritev(int, const iovec*, int, off_t);
ssize_t __real_pread(int, void*, size_t, off_t);
int __real_fsync(int);
int __real_fdatasync(int);
int __real_flock(int, int);

ssize_t __wrap_pwritev(int file, const iovec* parts, int count, off_t offset) {
  if (given == nullptr) return __real_pwritev(file, parts, count, offset);
  if (given->is_interrupted()) return -1;
  ++given->transfers;
  if (given->transfer_max == 0) return __real_pwritev(file, parts, count, offset);
  std::vector<iovec> fewer;
  std::size_t left = given->transfer_max;
  for (int each = 0; each < count && left != 0; ++each) {
    fewer.push_back({parts[each].iov_base, std::min(parts[each].iov_len, left)});
    left -= fewer.back().iov_len;
  }
  return __real_pwritev(file, fewer.data(), static_cast<int>(fewer.size()), offset);
}

ssize_t __wrap_pread(int file, void* into, size_t bytes, off_t offset) {
  if (given == nullptr) return __real_pread(file, into, bytes, offset);
  if (given->is_interrupted()) return -1;
  ++given->transfers;
  return __real_pread(file, into, given->transfer_max == 0 ? bytes : std::min(bytes, given->transfer_max),
                      offset);
}

int __wrap_fsync(int file) {
  if (given == nullptr) return __real_fsync(file);
  if (given->is_interrupted()) return -1;
  if ((errno = std::exchange(given->fsync_error, 0)) != 0) return -1;
  given->synced.push_back(std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file)));
  return __real_fsync(file);
}

int __wrap_fdatasync(int file) {
  if (given == nullptr) return __real_fdatasync(file);
  if (given->is_interrupted()) return -1;
  if ((errno = std::exchange(given->fdatasync_error, 0)) != 0) return -1;
  return __real_fdatasync(file);
}

int __wrap_flock(int file, int operation) {
  if (given == nullptr) return __real_flock(file, operation);
  if ((errno = std::exchange(given->flock_error, 0)) != 0) return -1;
  return __real_flock(file, operation);
}
}

}  // namespace tidegate::spool
