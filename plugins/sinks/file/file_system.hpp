// The few calls that can fail in ways that a test must be able to bring about, and helpers around the
// others. Every failure becomes a tidegate::error of class temporary with action, path and reason.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <string>
#include <utility>

#include "tidegate/error.hpp"

namespace tidegate::file_sink {

// As the system calls of the same names: -1 and errno. Any thread. A test derives from it.
class file_system {
 public:
  virtual ~file_system() = default;
  virtual int open(const char* path, int flags, mode_t mode);
  virtual ssize_t writev(int file, const iovec* parts, int count);
  virtual int ftruncate(int file, off_t length);
  virtual int fdatasync(int file);
};

// The real one.
file_system& real_file_system();

// Owns a file descriptor.
class descriptor {
 public:
  descriptor() = default;
  explicit descriptor(int file) noexcept : file_{file} {}
  descriptor(descriptor&& other) noexcept : file_{std::exchange(other.file_, -1)} {}
  descriptor& operator=(descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      file_ = std::exchange(other.file_, -1);
    }
    return *this;
  }
  ~descriptor() { reset(); }

  int get() const noexcept { return file_; }
  explicit operator bool() const noexcept { return file_ >= 0; }
  void reset() noexcept;

 private:
  int file_ = -1;
};

// "cannot ACTION PATH: REASON", from errno or from the number given.
tidegate::error failure(const std::string& action, const std::string& path);
tidegate::error failure(const std::string& action, const std::string& path, int number);

std::string folder_of(const std::string& path);
std::string name_of(const std::string& path);

// Makes the folder and those above it that are missing; with `durable`, so that they survive a power cut.
void make_folders(const std::string& folder, mode_t mode, bool durable);
// After it, the names of files made, renamed and removed in the folder survive a power cut.
void synchronise_folder(const std::string& folder);

// Renames without ever replacing a file. False: there is one of the new name.
bool rename_to_free_name(const std::string& from, const std::string& to);

bool same_file(const struct stat& one, const struct stat& other) noexcept;
std::int64_t modified_at(const struct stat& file) noexcept;

}  // namespace tidegate::file_sink
