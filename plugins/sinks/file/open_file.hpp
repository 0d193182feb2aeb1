// The file that is being written.
//
// Opened and locked by the constructor, closed and unlocked by the destructor. Appends whole payloads or
// nothing: what could only be written in part is cut off again. One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "file_system.hpp"

namespace tidegate::file_sink {

struct open_options {
  mode_t mode = 0640;
  // New names survive a power cut when the constructor returns.
  bool durable = false;
  // Payloads are lines: each ends with a newline, and a last line without one was cut off by a crash.
  bool lines = true;
};

class open_file {
 public:
  // Opens the file, making it and its folders if they are missing. Throws tidegate::error, class temporary.
  open_file(file_system& system, std::string path, const open_options& options);
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;

  const std::string& path() const { return path_; }
  std::uint64_t inode() const { return identity_.st_ino; }
  std::int64_t modified_at_open() const { return modified_at(identity_); }
  // Locks are not to be had on this file system.
  bool unlocked() const { return unlocked_; }

  // The length now, as the file system says: someone else may have truncated it.
  std::uint64_t size() const;
  // Whether the path no longer leads to this file: renamed, removed, or its folder gone.
  bool replaced() const;

  // What mending the end of a file has done to it.
  struct mended {
    std::uint64_t cut = 0;    // bytes of an incomplete last line that were cut off
    bool terminated = false;  // or: the last line was left and ended with a newline
  };
  // For files of lines that do not end with a newline. `ours`: this sink wrote it, so that the last line
  // is a sample that was never acknowledged; otherwise nothing is taken away from the file.
  mended mend_end(bool ours);

  // Appends the parts one after the other, with one call for all if the system allows. Throws temporary
  // after cutting off what was written in part.
  void append(std::string_view preamble, std::string_view payload);
  // Whether even that failed: close and open the file again.
  bool is_broken() const { return broken_; }

  // Throws temporary. After that nothing is known of what was written since the last success.
  void synchronise();

 private:
  bool try_open(const open_options& options);
  void create(const open_options& options);
  void roll_back(std::uint64_t length);
  std::uint64_t end_of_last_line(std::uint64_t size) const;

  file_system& system_;
  std::string path_;
  descriptor file_;
  struct stat identity_ {};
  bool lines_;
  bool unlocked_ = false;
  bool broken_ = false;
};

}  // namespace tidegate::file_sink
