// The seam between the spool and the operating system. All that the spool does to files goes through these
// two classes, so that a test can stand in for a disk: lose what was not synced, tear and reorder writes,
// fail any call.
//
// Errors are values of errno in the generic category; none means done. Nothing is tried again here.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <vector>

namespace tidegate::spool {

// An open file, closed by its destructor. Reading may happen on any thread, also beside a write; all else
// belongs to one thread at a time.
class file {
 public:
  virtual ~file() = default;

  // Up to the buffer's size; `got` is less only where the file ends.
  virtual std::error_code read(std::uint64_t offset, std::span<std::byte> into, std::size_t& got) const = 0;
  // All of the parts, one behind the other from `offset` on, growing the file where it must. After an
  // error any of the bytes may have been written.
  virtual std::error_code write(std::uint64_t offset, std::span<const iovec> parts) = 0;
  // On return the file's bytes and its size survive a power cut. After an error nothing written since
  // the last successful sync may be relied on, whatever a later sync says.
  virtual std::error_code sync() = 0;
  // Forgets what the system holds of the file in memory and has not to write any more: after a sync, read()
  // gives what is on the disk, also if an earlier sync failed without anyone knowing it now.
  virtual void drop_cache() noexcept = 0;
  virtual std::error_code size(std::uint64_t& bytes) const = 0;
};

// One folder. Names are plain file names in it. One thread at a time.
class folder {
 public:
  virtual ~folder() = default;

  // Regular files, in no order; not those of folders inside.
  virtual std::error_code list(std::vector<std::string>& names) const = 0;
  virtual std::error_code open(const std::string& name, std::shared_ptr<file>& opened) = 0;
  // A new, empty file; EEXIST if there is one.
  virtual std::error_code create(const std::string& name, std::shared_ptr<file>& made) = 0;
  virtual std::error_code remove(const std::string& name) = 0;
  virtual std::error_code rename(const std::string& name, const std::string& to) = 0;  // replaces `to`
  // What was created, removed or renamed survives a power cut from here on.
  virtual std::error_code sync() = 0;
  // What this process may still write to the file system.
  virtual std::error_code free_space(std::uint64_t& bytes) const = 0;
};

}  // namespace tidegate::spool
