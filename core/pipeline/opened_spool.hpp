// The spool of a configuration on its disk: the lock, the folder and the log, in the order of their lives.
#pragma once

#include <memory>
#include <string>

#include "config/gateway.hpp"
#include "observe/clock.hpp"
#include "observe/log.hpp"
#include "spool/folder.hpp"
#include "spool/lock.hpp"
#include "spool/spool.hpp"

namespace tidegate::pipeline {

// One thread at a time, but for what the spool itself allows.
class opened_spool {
 public:
  // Makes the folder where it is missing. Null if another program has it, or it cannot be used: `problem`
  // says who or why. The references outlive it.
  static std::unique_ptr<opened_spool> open(const config::spool_options& options, const observe::clock& clock,
                                            observe::log& log, std::string& problem);
  ~opened_spool();
  opened_spool(const opened_spool&) = delete;
  opened_spool& operator=(const opened_spool&) = delete;

  spool::spool& disk() noexcept { return *spool_; }
  // A small one below the same folder, under the same lock. Null, and told in the log, if it cannot be
  // opened. It is destroyed before this.
  std::unique_ptr<spool::spool> open_dead_letters();

 private:
  opened_spool(const config::spool_options& options, const observe::clock& clock, observe::log& log);

  const config::spool_options options_;
  const observe::clock& clock_;
  observe::log& log_;
  std::unique_ptr<spool::folder> folder_;
  std::unique_ptr<spool::lock> lock_;
  std::unique_ptr<spool::spool> spool_;
  std::unique_ptr<spool::folder> dead_letters_folder_;
};

}  // namespace tidegate::pipeline
