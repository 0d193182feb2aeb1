// Waits until files or folders change, by inotify. Where the file system tells nothing (network file
// systems), or the kernel has no more watches to give, waiting lasts its time, and whoever waits has to look.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "descriptor.hpp"

namespace tidegate::file_source {

// One thread at a time, but for interrupt().
class change_watch {
 public:
  change_watch();

  // What is told of it later by this name; negative if it cannot be watched. A file is watched by what it is,
  // not by what it is called. Watching a thing twice is the same as once.
  int watch_file(int file);
  int watch_folder(const std::string& path);
  void forget(int watch);
  // Nothing is watched any more, and no interrupt is under way.
  void clear();
  // Why something could not be watched, once; empty otherwise.
  std::string take_problem();

  struct changes {
    std::vector<int> files;
    bool folders = false;  // files came, went or changed their names
    bool interrupted = false;
    bool all = false;  // too many to tell
  };
  // At most that long; returns at once what has changed already. `wants_changes` false: only for interrupt().
  const changes& wait(std::chrono::nanoseconds time, bool wants_changes = true);
  // Any thread: ends this and later waiting, until clear().
  void interrupt() noexcept;

 private:
  void open();
  void read_events();
  int watch(const std::string& path, std::uint32_t events);

  common::descriptor events_;
  common::descriptor interrupts_;
  std::map<int, bool> is_folder_;
  changes changes_;
  std::string problem_;
  bool said_problem_ = false;
};

}  // namespace tidegate::file_source
