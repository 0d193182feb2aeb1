#include "system_calls.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "wrapped_calls.hpp"

namespace tidegate::spool {

namespace {

std::atomic<system_calls*> given = nullptr;

system_calls* orders() { return given.load(); }

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
int __real_fstat(int, struct stat*);
int __real_fstatvfs(int, struct statvfs*);
DIR* __real_fdopendir(int);
int __real_ftruncate(int, off_t);
void* __real_malloc(size_t);

ssize_t __wrap_pwritev(int file, const iovec* parts, int count, off_t offset) {
  if (orders() == nullptr) return __real_pwritev(file, parts, count, offset);
  if (orders()->is_interrupted()) return -1;
  ++orders()->transfers;
  if (orders()->writes_nothing) return 0;
  if (orders()->transfer_max == 0) return __real_pwritev(file, parts, count, offset);
  std::vector<iovec> fewer;
  std::size_t left = orders()->transfer_max;
  for (int each = 0; each < count && left != 0; ++each) {
    fewer.push_back({parts[each].iov_base, std::min(parts[each].iov_len, left)});
    left -= fewer.back().iov_len;
  }
  return __real_pwritev(file, fewer.data(), static_cast<int>(fewer.size()), offset);
}

ssize_t __wrap_pread(int file, void* into, size_t bytes, off_t offset) {
  if (orders() == nullptr) return __real_pread(file, into, bytes, offset);
  if (orders()->is_interrupted()) return -1;
  ++orders()->transfers;
  const auto end = offset + static_cast<off_t>(bytes);
  if (offset < orders()->unreadable_end && orders()->unreadable_begin < end) {
    errno = EIO;
    return -1;
  }
  return __real_pread(file, into,
                      orders()->transfer_max == 0 ? bytes : std::min(bytes, orders()->transfer_max), offset);
}

int __wrap_fsync(int file) {
  if (orders() == nullptr) return __real_fsync(file);
  if (orders()->is_interrupted()) return -1;
  if ((errno = std::exchange(orders()->fsync_error, 0)) != 0) return -1;
  orders()->synced.push_back(std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file)));
  return __real_fsync(file);
}

int __wrap_fdatasync(int file) {
  if (orders() == nullptr) return __real_fdatasync(file);
  if (orders()->is_interrupted()) return -1;
  if ((errno = std::exchange(orders()->fdatasync_error, 0)) != 0) return -1;
  return __real_fdatasync(file);
}

int __wrap_flock(int file, int operation) {
  if (orders() == nullptr) return __real_flock(file, operation);
  if ((errno = std::exchange(orders()->flock_error, 0)) != 0) return -1;
  return __real_flock(file, operation);
}

int __wrap_fstat(int file, struct stat* into) {
  if (orders() != nullptr && (errno = std::exchange(orders()->fstat_error, 0)) != 0) return -1;
  return __real_fstat(file, into);
}

int __wrap_fstatvfs(int file, struct statvfs* into) {
  if (orders() != nullptr && (errno = std::exchange(orders()->fstatvfs_error, 0)) != 0) return -1;
  return __real_fstatvfs(file, into);
}

DIR* __wrap_fdopendir(int file) {
  if (orders() != nullptr && (errno = std::exchange(orders()->fdopendir_error, 0)) != 0) return nullptr;
  return __real_fdopendir(file);
}

int __wrap_ftruncate(int file, off_t bytes) {
  if (orders() != nullptr && (errno = std::exchange(orders()->ftruncate_error, 0)) != 0) return -1;
  return __real_ftruncate(file, bytes);
}

void* __wrap_malloc(size_t bytes) {
  return orders() != nullptr && orders()->has_no_memory ? nullptr : __real_malloc(bytes);
}
}

}  // namespace tidegate::spool
