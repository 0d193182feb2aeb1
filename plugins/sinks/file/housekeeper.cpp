#include "housekeeper.hpp"

#include <fcntl.h>
#include <linux/ioprio.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <exception>

#include "compress.hpp"
#include "file_system.hpp"
#include "lock.hpp"

namespace tidegate::file_sink {
namespace {

constexpr std::size_t warnings_remembered_max = 64;

// Below everything else of the program, for the processor and for the disk.
void lower_priority() {
  const auto thread = static_cast<id_t>(::syscall(SYS_gettid));
  ::setpriority(PRIO_PROCESS, thread, 19);
  ::syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));
}

// Opens and locks a closed file; nothing if it is gone, or is being written by someone.
descriptor open_unused(const std::string& path) {
  // For writing, since some file systems give exclusive locks to no one else.
  descriptor file{::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  if (!file) {
    if (errno == ENOENT || errno == ELOOP || errno == EISDIR) return {};
    throw failure("open", path);
  }
  struct stat opened {};
  struct stat named {};
  if (::fstat(file.get(), &opened) != 0 || !S_ISREG(opened.st_mode)) return {};
  if (try_lock(file.get()) == lock_result::held_by_another) return {};
  // Between open and lock another may have taken its place.
  if (::lstat(path.c_str(), &named) != 0 || !same_file(opened, named)) return {};
  return file;
}

// Owner, mode and times of the original, so that retention goes on counting from when it was written.
void copy_attributes(int from, int to) {
  struct stat original {};
  if (::fstat(from, &original) != 0) return;
  if (::fchown(to, original.st_uid, original.st_gid) != 0) {
    // Not ours to give away: it stays with the daemon's user.
  }
  ::fchmod(to, original.st_mode & 07777);
  const timespec times[] = {original.st_atim, original.st_mtim};
  ::futimens(to, times);
}

bool exists(const std::string& path) {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0;
}

// Removes an unfinished file unless it was given its name.
class removal {
 public:
  explicit removal(std::string path) : path_{std::move(path)} {}
  removal(const removal&) = delete;
  removal& operator=(const removal&) = delete;
  ~removal() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  void cancel() { path_.clear(); }

 private:
  std::string path_;
};

}  // namespace

housekeeper::housekeeper(sink_host host, const path_pattern& pattern, const retention_limits& limits,
                         compression how)
    : host_{host},
      pattern_{pattern},
      limits_{limits},
      how_{how},
      compressed_{host.counter("compressed_files_total", "Rotated files that were compressed.")},
      deleted_{host.counter("deleted_files_total", "Files that retention has deleted.")} {}

housekeeper::~housekeeper() { stop(); }

void housekeeper::start() {
  if (!has_work() || thread_.joinable()) return;
  stopping_ = false;
  kicked_ = true;
  // Signals are for the threads of the program.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread{[this] { run(); }};
  } catch (const std::exception& thrown) {
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw temporary(std::string{"cannot start a thread for closed files: "} + thrown.what());
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void housekeeper::kick() {
  {
    const std::lock_guard lock{mutex_};
    kicked_ = true;
  }
  wake_.notify_one();
}

void housekeeper::request_stop() noexcept {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_one();
}

void housekeeper::stop() {
  request_stop();
  if (thread_.joinable()) thread_.join();
}

void housekeeper::run() {
  lower_priority();
  for (;;) {
    {
      std::unique_lock lock{mutex_};
      wake_.wait(lock, [&] { return kicked_ || stopping_; });
      if (stopping_) return;
      kicked_ = false;
    }
    pass();
  }
}

void housekeeper::pass() {
  try {
    apply_retention();
    if (how_ == compression::none) return;
    compress_closed();
    apply_retention();
  } catch (const compression_stopped&) {
  } catch (const std::exception& thrown) {
    warn_once(thrown.what());
  }
}

// What is closed, and what may still be written: the file of this moment, and unfinished ones.
housekeeper::found housekeeper::look() const {
  found all;
  const auto live = pattern_.at(host_.now_utc());
  for (auto& each : list_own_files(pattern_)) {
    if (each.path == live || each.name.partial) {
      all.live_size += each.size;
    } else {
      all.closed.push_back(std::move(each));
    }
  }
  return all;
}

void housekeeper::apply_retention() {
  if (!limits_.any()) return;
  const auto all = look();
  for (const auto& each : plan_retention(all.closed, all.live_size, limits_, host_.now_utc())) {
    if (stopping_) return;
    if (remove(each)) deleted_.add();
  }
}

bool housekeeper::remove(const own_file& file) {
  const auto held = open_unused(file.path);
  if (!held) return false;
  if (::unlink(file.path.c_str()) != 0) throw failure("delete", file.path);
  if (host_.logs(TIDEGATE_LOG_DEBUG)) host_.debug("deleted " + file.path + ", as 'retention' says");
  remove_empty_folders(file.path);
  return true;
}

// Folders that were made for the pattern and have become empty go as well; rmdir takes no others.
void housekeeper::remove_empty_folders(const std::string& path) const {
  auto folder = folder_of(path);
  for (auto level = pattern_.levels(); level > 1; --level, folder = folder_of(folder))
    if (::rmdir(folder.c_str()) != 0) return;
}

void housekeeper::compress_closed() {
  const auto all = list_own_files(pattern_);
  for (const auto& each : all)
    if (each.name.partial)
      if (const auto held = open_unused(each.path)) ::unlink(each.path.c_str());

  const auto live = pattern_.at(host_.now_utc());
  for (const auto& each : all) {
    if (stopping_) return;
    if (each.name.partial || each.name.how != compression::none || each.path == live) continue;
    try {
      compress_one(each);
    } catch (const tidegate::error& thrown) {
      warn_once(thrown.what());  // the others may do better
    }
  }
}

void housekeeper::compress_one(const own_file& file) {
  const auto original = open_unused(file.path);
  if (!original) return;
  auto path = file.path;
  auto target = path + std::string{suffix(how_)};
  if (exists(target)) {
    if (was_compressed_before(original.get(), path, target)) {
      if (::unlink(path.c_str()) != 0) throw failure("delete", path);
      return;
    }
    // Another content of the same name: the clock was set back, perhaps. Both are kept.
    for (unsigned attempt = 0; exists(target); ++attempt) {
      path = pattern_.stamped(file.path, file.modified, attempt);
      target = path + std::string{suffix(how_)};
    }
    if (!rename_to_free_name(file.path, path)) return;  // the next pass finds another name
  }
  if (!write_compressed(original.get(), path, target)) return;
  if (::unlink(path.c_str()) != 0) throw failure("delete", path);
  compressed_.add();
  if (host_.logs(TIDEGATE_LOG_DEBUG)) host_.debug("compressed " + path);
}

bool housekeeper::was_compressed_before(int original, const std::string& path, const std::string& target) {
  const auto compressed = open_unused(target);
  if (!compressed) return false;
  const bool same = holds_the_same(original, path, compressed.get(), target, how_, stopping_);
  if (::lseek(original, 0, SEEK_SET) != 0) throw failure("read", path);
  return same;
}

bool housekeeper::write_compressed(int original, const std::string& path, const std::string& target) {
  const auto partial = target + std::string{partial_suffix};
  const descriptor output{
      ::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR)};
  if (!output) throw failure("create", partial);
  removal unfinished{partial};
  if (try_lock(output.get()) == lock_result::held_by_another) return false;
  compress(original, path, output.get(), partial, how_, stopping_);
  copy_attributes(original, output.get());
  if (::fsync(output.get()) != 0) throw failure("sync", partial);
  if (!rename_to_free_name(partial, target)) return false;
  unfinished.cancel();
  synchronise_folder(folder_of(target));
  return true;
}

void housekeeper::warn_once(const std::string& text) {
  if (warned_.size() >= warnings_remembered_max) warned_.clear();
  if (warned_.insert(text).second) host_.warning(text + "; tried again later");
}

}  // namespace tidegate::file_sink
