#include "open_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "lock.hpp"

namespace tidegate::file_sink {
namespace {

// O_APPEND: every write goes to the end, wherever that is after someone truncated the file. O_NONBLOCK has
// no effect on files and keeps the open of a pipe from waiting.
constexpr int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

// Whoever may read a file may search its folder.
mode_t folder_mode(mode_t mode) { return mode | 0700 | ((mode & 0444) >> 2); }

}  // namespace

open_file::open_file(file_system& system, std::string path, const open_options& options)
    : system_{system}, path_{std::move(path)}, lines_{options.lines} {
  // Between open and lock the path may get another file: logrotate, or the compression of this sink.
  for (int attempt = 0; attempt < 5; ++attempt)
    if (try_open(options)) return;
  throw temporary("cannot open " + path_ + ": it is being replaced again and again");
}

bool open_file::try_open(const open_options& options) {
  file_ = descriptor{system_.open(path_.c_str(), flags, 0)};
  if (!file_ && errno == ENOENT) create(options);
  if (!file_ && errno == EEXIST) return false;
  if (!file_) throw failure("open", path_);
  if (::fstat(file_.get(), &identity_) != 0) throw failure("look at", path_);
  if (!S_ISREG(identity_.st_mode))
    throw temporary(path_ + " is not a regular file; the sink 'console' writes to standard output");
  const auto locked = try_lock(file_.get());
  if (locked == lock_result::held_by_another)
    throw temporary(path_ + " is being written by " + holder_of_lock(file_.get()) +
                    "; give each file sink a path of its own");
  unlocked_ = locked == lock_result::not_supported;
  return !replaced();
}

void open_file::create(const open_options& options) {
  const auto folder = folder_of(path_);
  make_folders(folder, folder_mode(options.mode), options.durable);
  file_ = descriptor{system_.open(path_.c_str(), flags | O_CREAT | O_EXCL, options.mode)};
  if (!file_) return;
  // Not less than what was asked for, whatever the umask; some file systems have no modes.
  if (::fchmod(file_.get(), options.mode) != 0 && errno != EPERM && errno != ENOTSUP)
    throw failure("set the mode of", path_);
  if (options.durable) synchronise_folder(folder);
}

std::uint64_t open_file::size() const {
  struct stat now {};
  if (::fstat(file_.get(), &now) != 0) throw failure("look at", path_);
  return static_cast<std::uint64_t>(now.st_size);
}

bool open_file::replaced() const {
  struct stat found {};
  return ::stat(path_.c_str(), &found) != 0 || !same_file(found, identity_);
}

std::uint64_t open_file::end_of_last_line(std::uint64_t size) const {
  std::vector<char> block(64 * 1024);
  while (size > 0) {
    const auto length = std::min<std::uint64_t>(size, block.size());
    const auto got = ::pread(file_.get(), block.data(), length, static_cast<off_t>(size - length));
    if (got < 0) throw failure("read", path_);
    if (static_cast<std::uint64_t>(got) != length) throw temporary("cannot read " + path_ + ": it shrinks");
    const auto newline = std::find(block.rend() - static_cast<long>(length), block.rend(), '\n');
    if (newline != block.rend()) return size - length + static_cast<std::uint64_t>(block.rend() - newline);
    size -= length;
  }
  return 0;
}

open_file::mended open_file::mend_end(bool ours) {
  mended done;
  const auto length = size();
  if (!lines_ || length == 0) return done;
  const auto end = end_of_last_line(length);
  if (end == length) return done;
  if (ours) {
    if (system_.ftruncate(file_.get(), static_cast<off_t>(end)) != 0) throw failure("truncate", path_);
    done.cut = length - end;
  } else {
    append({}, "\n");
    done.terminated = true;
  }
  return done;
}

void open_file::append(std::string_view preamble, std::string_view payload) {
  static constexpr std::string_view newline = "\n";
  const bool ends = !lines_ || payload.empty() || payload.back() == '\n';
  std::array<iovec, 3> parts{};
  int count = 0;
  std::size_t left = 0;
  for (const auto text : {preamble, payload, ends ? std::string_view{} : newline}) {
    if (text.empty()) continue;
    parts[static_cast<std::size_t>(count++)] = {const_cast<char*>(text.data()), text.size()};
    left += text.size();
  }
  const auto before = size();
  auto* next = parts.data();
  while (left > 0) {
    const auto written = system_.writev(file_.get(), next, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const auto reason = written < 0 ? errno : ENOSPC;
      roll_back(before);
      throw failure("write " + std::to_string(left) + " bytes to", path_, reason);
    }
    auto done = static_cast<std::size_t>(written);
    left -= done;
    for (; count > 0 && done >= next->iov_len; ++next, --count) done -= next->iov_len;
    if (count > 0) {
      next->iov_base = static_cast<char*>(next->iov_base) + done;
      next->iov_len -= done;
    }
  }
}

void open_file::roll_back(std::uint64_t length) {
  struct stat now {};
  if (::fstat(file_.get(), &now) == 0 && static_cast<std::uint64_t>(now.st_size) <= length) return;
  if (system_.ftruncate(file_.get(), static_cast<off_t>(length)) != 0) broken_ = true;
}

void open_file::synchronise() {
  if (system_.fdatasync(file_.get()) != 0) throw failure("sync", path_);
}

}  // namespace tidegate::file_sink
