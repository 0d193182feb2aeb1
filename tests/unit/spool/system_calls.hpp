// Calls of the C library that a test makes behave as they may and rarely do. The program is linked with
// -Wl,--wrap for each; without orders they go through. One thread gives orders, and takes them back.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <vector>

namespace tidegate::spool {

struct system_calls {
  // Transfers no more at once, 0: all.
  std::size_t transfer_max = 0;
  bool interrupts = false;  // every other call is interrupted by a signal first
  // The next call fails with that, 0: none does.
  int fsync_error = 0;
  int fdatasync_error = 0;
  int flock_error = 0;
  int fstat_error = 0;
  int fstatvfs_error = 0;
  int fdopendir_error = 0;
  int ftruncate_error = 0;
  bool writes_nothing = false;  // a write succeeds, and nothing of it is written

  // Also while other threads are at it.
  std::atomic<bool> has_no_memory = false;  // for blocks: what new allocates is not touched
  std::atomic<off_t> unreadable_begin = 0;  // what lies between these in a file cannot be read
  std::atomic<off_t> unreadable_end = 0;

  std::atomic<std::size_t> transfers = 0;
  std::size_t interruptions = 0;
  std::vector<std::filesystem::path> synced;  // by fsync

  bool is_interrupted();
};

// Orders from here to the end of the scope.
class ordered_calls {
 public:
  ordered_calls();
  ~ordered_calls();
  ordered_calls(const ordered_calls&) = delete;
  ordered_calls& operator=(const ordered_calls&) = delete;

  system_calls* operator->() noexcept { return &orders_; }

 private:
  system_calls orders_;
};

}  // namespace tidegate::spool
