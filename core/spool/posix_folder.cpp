#include "spool/posix_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>

namespace tidegate::spool {

namespace {

constexpr mode_t file_mode = 0640;
constexpr mode_t folder_mode = 0750;

std::error_code last_error() { return {errno, std::generic_category()}; }

// Calls again what a signal has interrupted.
template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// Some file systems keep no folders that could be synced, and say that the call makes no sense.
std::error_code sync_folder(int number) {
  if (uninterrupted([&] { return ::fsync(number); }) == 0 || errno == EINVAL) return {};
  return last_error();
}

class descriptor {
 public:
  explicit descriptor(int number) : number_{number} {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const noexcept { return number_; }

 private:
  int number_;
};

class posix_file final : public file {
 public:
  enum class access { all, reading };
  posix_file(int number, access allowed) : file_{number}, access_{allowed} {}

  std::error_code read(std::uint64_t offset, std::span<std::byte> into, std::size_t& got) const override {
    got = 0;
    while (got < into.size()) {
      const auto bytes = uninterrupted([&] {
        return ::pread(file_.number(), into.data() + got, into.size() - got,
                       static_cast<off_t>(offset + got));
      });
      if (bytes < 0) return last_error();
      if (bytes == 0) return {};
      got += static_cast<std::size_t>(bytes);
    }
    return {};
  }

  std::error_code write(std::uint64_t offset, std::span<const iovec> parts) override {
    if (access_ == access::reading) return std::make_error_code(std::errc::read_only_file_system);
    std::array<iovec, IOV_MAX> chunk;
    while (!parts.empty()) {
      const auto count = std::min(parts.size(), chunk.size());
      std::copy_n(parts.begin(), count, chunk.begin());
      if (const auto failed = write_all(offset, std::span{chunk.data(), count})) return failed;
      parts = parts.subspan(count);
    }
    return {};
  }

  std::error_code sync() override {
    return uninterrupted([&] { return ::fdatasync(file_.number()); }) < 0 ? last_error() : std::error_code{};
  }

  void drop_cache() noexcept override { ::posix_fadvise(file_.number(), 0, 0, POSIX_FADV_DONTNEED); }

  std::error_code size(std::uint64_t& bytes) const override {
    struct stat found {};
    if (::fstat(file_.number(), &found) < 0) return last_error();
    bytes = static_cast<std::uint64_t>(found.st_size);
    return {};
  }

 private:
  // Moves `offset` behind what was written.
  std::error_code write_all(std::uint64_t& offset, std::span<iovec> parts) {
    while (!parts.empty()) {
      auto bytes = uninterrupted([&] {
        return ::pwritev(file_.number(), parts.data(), static_cast<int>(parts.size()),
                         static_cast<off_t>(offset));
      });
      if (bytes < 0) return last_error();
      if (bytes == 0 && parts.front().iov_len != 0) return std::make_error_code(std::errc::io_error);
      offset += static_cast<std::uint64_t>(bytes);
      while (!parts.empty() && static_cast<std::size_t>(bytes) >= parts.front().iov_len) {
        bytes -= static_cast<ssize_t>(parts.front().iov_len);
        parts = parts.subspan(1);
      }
      if (parts.empty()) break;
      parts.front().iov_base = static_cast<std::byte*>(parts.front().iov_base) + bytes;
      parts.front().iov_len -= static_cast<std::size_t>(bytes);
    }
    return {};
  }

  descriptor file_;
  access access_;
};

class posix_folder final : public folder {
 public:
  posix_folder(int number, posix_file::access allowed) : folder_{number}, allowed_{allowed} {}

  std::error_code list(std::vector<std::string>& names) const override {
    const int again = ::openat(folder_.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (again < 0) return last_error();
    DIR* entries = ::fdopendir(again);
    if (entries == nullptr) {
      const auto failed = last_error();
      ::close(again);
      return failed;
    }
    names.clear();
    errno = 0;
    while (const auto* entry = ::readdir(entries)) {
      struct stat found {};
      if (::fstatat(folder_.number(), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
          S_ISREG(found.st_mode))
        names.emplace_back(entry->d_name);
      errno = 0;
    }
    const auto failed = errno;
    ::closedir(entries);
    return {failed, std::generic_category()};
  }

  // On a disk that cannot be written, what was accepted before can still be delivered.
  std::error_code open(const std::string& name, std::shared_ptr<file>& opened) override {
    if (allowed_ == posix_file::access::reading) return open(name, O_RDONLY | O_NOFOLLOW, allowed_, opened);
    const auto failed = open(name, O_RDWR | O_NOFOLLOW, posix_file::access::all, opened);
    if (failed != std::errc::read_only_file_system) return failed;
    return open(name, O_RDONLY | O_NOFOLLOW, posix_file::access::reading, opened);
  }

  std::error_code create(const std::string& name, std::shared_ptr<file>& made) override {
    return open(name, O_RDWR | O_CREAT | O_EXCL, posix_file::access::all, made);
  }

  std::error_code remove(const std::string& name) override {
    return ::unlinkat(folder_.number(), name.c_str(), 0) < 0 ? last_error() : std::error_code{};
  }

  std::error_code rename(const std::string& name, const std::string& to) override {
    return ::renameat(folder_.number(), name.c_str(), folder_.number(), to.c_str()) < 0 ? last_error()
                                                                                        : std::error_code{};
  }

  std::error_code sync() override { return sync_folder(folder_.number()); }

  std::error_code free_space(std::uint64_t& bytes) const override {
    struct statvfs found {};
    if (::fstatvfs(folder_.number(), &found) < 0) return last_error();
    bytes = std::uint64_t{found.f_bavail} * found.f_frsize;
    return {};
  }

 private:
  std::error_code open(const std::string& name, int flags, posix_file::access allowed,
                       std::shared_ptr<file>& opened) {
    const int number =
        uninterrupted([&] { return ::openat(folder_.number(), name.c_str(), flags | O_CLOEXEC, file_mode); });
    if (number < 0) return last_error();
    opened = std::make_shared<posix_file>(number, allowed);
    return {};
  }

  descriptor folder_;
  const posix_file::access allowed_;
};

int open_folder(const std::filesystem::path& path) {
  return uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
}

// Each folder on the way, for good: what is synced below one that a power cut takes away is gone with it.
// Those that are there are left as they are.
std::error_code make_folders(const std::filesystem::path& path) {
  std::filesystem::path above{"."};
  std::filesystem::path way;
  for (const auto& step : path) {
    way /= step;
    if (::mkdir(way.c_str(), folder_mode) == 0) {
      const descriptor changed{open_folder(above)};
      if (changed.number() < 0) return last_error();
      if (const auto failed = sync_folder(changed.number())) return failed;
    } else if (errno != EEXIST) {
      return last_error();
    }
    above = way;
  }
  return {};
}

}  // namespace

std::error_code open_posix_folder(const std::filesystem::path& path, std::unique_ptr<folder>& opened) {
  int number = open_folder(path);
  if (number < 0 && errno == ENOENT) {
    if (const auto failed = make_folders(path)) return failed;
    number = open_folder(path);
  }
  if (number < 0) return last_error();
  opened = std::make_unique<posix_folder>(number, posix_file::access::all);
  return {};
}

std::error_code open_posix_folder_to_read(const std::filesystem::path& path,
                                          std::unique_ptr<folder>& opened) {
  const int number = open_folder(path);
  if (number < 0) return last_error();
  opened = std::make_unique<posix_folder>(number, posix_file::access::reading);
  return {};
}

}  // namespace tidegate::spool
