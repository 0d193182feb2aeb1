#include "file_system.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tidegate::file_sink {

int file_system::open(const char* path, int flags, mode_t mode) { return ::open(path, flags, mode); }
ssize_t file_system::writev(int file, const iovec* parts, int count) { return ::writev(file, parts, count); }
int file_system::ftruncate(int file, off_t length) { return ::ftruncate(file, length); }
int file_system::fdatasync(int file) { return ::fdatasync(file); }

file_system& real_file_system() {
  static file_system real;
  return real;
}

void descriptor::reset() noexcept {
  if (file_ >= 0) ::close(file_);
  file_ = -1;
}

tidegate::error failure(const std::string& action, const std::string& path) {
  return failure(action, path, errno);
}
tidegate::error failure(const std::string& action, const std::string& path, int number) {
  return temporary("cannot " + action + " " + path + ": " + std::generic_category().message(number));
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}
std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

void make_folders(const std::string& folder, mode_t mode, bool durable) {
  if (::mkdir(folder.c_str(), mode) == 0) {
    if (durable) synchronise_folder(folder_of(folder));
    return;
  }
  if (errno == ENOENT && folder != "/") {
    make_folders(folder_of(folder), mode, durable);
    if (::mkdir(folder.c_str(), mode) == 0) return durable ? synchronise_folder(folder_of(folder)) : void();
  }
  const auto reason = errno;
  struct stat found {};
  if (::stat(folder.c_str(), &found) == 0 && S_ISDIR(found.st_mode)) return;
  throw failure("make the folder", folder, reason);
}

void synchronise_folder(const std::string& folder) {
  const descriptor opened{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!opened) throw failure("open the folder", folder);
  // Some file systems cannot do this and need not.
  if (::fsync(opened.get()) != 0 && errno != EINVAL && errno != EROFS)
    throw failure("sync the folder", folder);
}

bool rename_to_free_name(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EEXIST) return false;
  if (errno != EINVAL && errno != ENOSYS) throw failure("rename", from + " to " + name_of(to));
  // A file system that does not know the flag. Whoever else wants the name holds no lock of ours.
  struct stat found {};
  if (::lstat(to.c_str(), &found) == 0) return false;
  if (::rename(from.c_str(), to.c_str()) != 0) throw failure("rename", from + " to " + name_of(to));
  return true;
}

bool same_file(const struct stat& one, const struct stat& other) noexcept {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

std::int64_t modified_at(const struct stat& file) noexcept {
  return std::int64_t{file.st_mtim.tv_sec} * 1'000'000'000 + file.st_mtim.tv_nsec;
}

}  // namespace tidegate::file_sink
