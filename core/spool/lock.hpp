// One program a spool: two that write the same segments would each destroy what the other has accepted.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace tidegate::spool {

// Held from acquire() to the destructor, and let go by the kernel when the process ends, however it ends.
class lock {
 public:
  // Null if another process holds it, or it cannot be had: `problem` says who or why. Waits a tenth of a
  // second for a holder that only looks.
  static std::unique_ptr<lock> acquire(const std::filesystem::path& folder, std::string& problem);
  // Who holds it: "process 4711 (tidegate)"; empty if nobody does, or it cannot be known.
  static std::string holder(const std::filesystem::path& folder);
  // Its number; 0 if nobody does, or it cannot be known.
  static long holder_process(const std::filesystem::path& folder);

  ~lock();
  lock(const lock&) = delete;
  lock& operator=(const lock&) = delete;

 private:
  explicit lock(int file) : file_{file} {}
  int file_;
};

}  // namespace tidegate::spool
