// Put between the program and the system by LD_PRELOAD: calls on files below one folder fail when a test says
// so, and the clock of the wall shows another time. faults.py is the other side: both map the same file.
//
// A sync that fails does what the kernel may do: the next one succeeds, and what was written since the last
// good one is gone. The file holds what it held before.
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace {

enum kind { sync_file, sync_folder, write_file, read_file, open_file, rename_file, remove_file, kinds };

// Of one kind of call. All are written by the test, but for those that count.
struct rule {
  std::int64_t after;  // so many succeed first
  std::int64_t times;  // then so many fail; -1 for all
  std::int64_t error;  // with this errno; half_done for a write that takes half
  std::int64_t calls;
  std::int64_t failed;
};
constexpr std::int64_t half_done = -1;

struct control {
  std::int64_t clock_offset;  // nanoseconds
  std::int64_t syncs_lie;     // they do nothing, and say that all is well
  std::int64_t sync_takes;    // nanoseconds, as on a card that is busy with itself
  rule rules[kinds];
};

control* map_control() {
  const char* path = std::getenv("TIDEGATE_TEST_FAULTS");
  const int file = path == nullptr ? -1 : ::open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) {
    std::fputs("faults: TIDEGATE_TEST_FAULTS names no file\n", stderr);
    std::_Exit(1);
  }
  void* mapped = ::mmap(nullptr, sizeof(control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  ::close(file);
  if (mapped == MAP_FAILED) std::_Exit(1);
  return static_cast<control*>(mapped);
}

control& shared() {
  static control* const mapped = map_control();
  return *mapped;
}

// The errno with which a call fails now; 0: it does not.
std::int64_t fault_of(kind of) {
  static std::mutex mutex;
  const std::lock_guard lock{mutex};
  auto& each = shared().rules[of];
  ++each.calls;
  if (each.times == 0) return 0;
  if (each.after > 0) {
    --each.after;
    return 0;
  }
  if (each.times > 0) --each.times;
  ++each.failed;
  return each.error;
}

// Whether a test fails calls on it.
bool is_watched(int file) {
  static const char* const below = std::getenv("TIDEGATE_TEST_FAULTS_BELOW");
  if (below == nullptr || file < 0) return false;
  char path[PATH_MAX];
  const auto length = ::readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), path, sizeof path);
  return length > 0 && std::string_view{path, static_cast<std::size_t>(length)}.starts_with(below);
}

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// What was overwritten since the last good sync, for when there is none.
class journal {
 public:
  void note(int file, off_t offset, std::size_t bytes) {
    static const auto read = next<ssize_t(int, void*, std::size_t, off_t)>("pread");
    struct stat found {};
    if (::fstat(file, &found) != 0) return;
    std::vector<char> before(bytes);
    const auto got = read(file, before.data(), bytes, offset);
    before.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    const std::lock_guard lock{mutex_};
    files_[found.st_ino].push_back({offset, std::move(before), found.st_size});
  }
  void forget(int file) { static_cast<void>(take(file)); }
  void undo(int file) {
    static const auto write = next<ssize_t(int, const void*, std::size_t, off_t)>("pwrite");
    auto steps = take(file);
    for (auto each = steps.rbegin(); each != steps.rend(); ++each) {
      if (write(file, each->before.data(), each->before.size(), each->offset) < 0) std::abort();
      if (::ftruncate(file, each->size) != 0) std::abort();
    }
  }

 private:
  struct step {
    off_t offset;
    std::vector<char> before;
    off_t size;
  };
  std::vector<step> take(int file) {
    struct stat found {};
    if (::fstat(file, &found) != 0) return {};
    const std::lock_guard lock{mutex_};
    auto steps = std::move(files_[found.st_ino]);
    files_.erase(found.st_ino);
    return steps;
  }
  std::mutex mutex_;
  std::map<ino_t, std::vector<step>> files_;
};

journal& written() {
  static journal one;
  return one;
}

int fail(std::int64_t error) {
  errno = static_cast<int>(error);
  return -1;
}

int sync(int file, const char* name) {
  const auto real = next<int(int)>(name);
  if (!is_watched(file)) return real(file);
  if (const auto takes = shared().sync_takes; takes > 0) {
    const timespec time{takes / 1'000'000'000, takes % 1'000'000'000};
    ::nanosleep(&time, nullptr);
  }
  struct stat found {};
  const bool is_folder = ::fstat(file, &found) == 0 && S_ISDIR(found.st_mode);
  if (const auto error = fault_of(is_folder ? sync_folder : sync_file)) {
    if (!is_folder) written().undo(file);
    return fail(error);
  }
  if (shared().syncs_lie != 0) return 0;
  if (!is_folder) written().forget(file);
  return real(file);
}

ssize_t write(const char* name, int file, const iovec* parts, int count, off_t offset) {
  const auto real = next<ssize_t(int, const iovec*, int, off_t)>(name);
  if (!is_watched(file)) return real(file, parts, count, offset);
  std::size_t bytes = 0;
  for (int each = 0; each < count; ++each) bytes += parts[each].iov_len;
  const auto error = fault_of(write_file);
  if (error > 0) return fail(error);
  written().note(file, offset, bytes);
  if (error != half_done) return real(file, parts, count, offset);
  const iovec half{parts[0].iov_base, (parts[0].iov_len + 1) / 2};
  return real(file, &half, 1, offset);
}

ssize_t read(const char* name, int file, void* into, std::size_t bytes, off_t offset) {
  const auto real = next<ssize_t(int, void*, std::size_t, off_t)>(name);
  if (is_watched(file))
    if (const auto error = fault_of(read_file)) return fail(error);
  return real(file, into, bytes, offset);
}

}  // namespace

extern "C" {

int fdatasync(int file) { return sync(file, "fdatasync"); }
int fsync(int file) { return sync(file, "fsync"); }

ssize_t pwritev(int file, const iovec* parts, int count, off_t offset) {
  return write("pwritev", file, parts, count, offset);
}
ssize_t pwritev64(int file, const iovec* parts, int count, off64_t offset) {
  return write("pwritev64", file, parts, count, offset);
}
ssize_t pread(int file, void* into, size_t bytes, off_t offset) {
  return read("pread", file, into, bytes, offset);
}
ssize_t pread64(int file, void* into, size_t bytes, off64_t offset) {
  return read("pread64", file, into, bytes, offset);
}

int openat(int folder, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : mode_t{};
  va_end(rest);
  if (is_watched(folder))
    if (const auto error = fault_of(open_file)) return fail(error);
  return next<int(int, const char*, int, ...)>("openat")(folder, path, flags, mode);
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  if (is_watched(from_folder))
    if (const auto error = fault_of(rename_file)) return fail(error);
  return next<int(int, const char*, int, const char*)>("renameat")(from_folder, from, to_folder, to);
}

int unlinkat(int folder, const char* path, int flags) noexcept {
  if (is_watched(folder))
    if (const auto error = fault_of(remove_file)) return fail(error);
  return next<int(int, const char*, int)>("unlinkat")(folder, path, flags);
}

int clock_gettime(clockid_t clock, timespec* into) noexcept {
  const auto failed = static_cast<int>(::syscall(SYS_clock_gettime, clock, into));
  if (failed != 0 || clock != CLOCK_REALTIME) return failed;
  constexpr std::int64_t second = 1'000'000'000;
  const auto shown = into->tv_sec * second + into->tv_nsec + shared().clock_offset;
  into->tv_sec = shown / second;
  into->tv_nsec = shown % second;
  return 0;
}

}  // extern "C"
