// The log of a folder that no gateway has open, for commands that change it.
//
// The settings of the gateway are not needed: nobody's samples make room for others, and files have the size
// of those that are there.
#pragma once

#include <cstdint>
#include <string>

#include "observe/clock.hpp"
#include "observe/log.hpp"
#include "spool/folder.hpp"
#include "spool/inspect.hpp"
#include "spool/log.hpp"

namespace tidegate::spool {

// One thread at a time. The caller holds the spool's lock; the references outlive this.
class offline_log {
 public:
  // The files may grow by `more_bytes`; by none, and a file is made only if there is no other way to write.
  offline_log(folder& files, const inspection& in, std::uint64_t more_bytes, const observe::clock& clock,
              observe::log& say);

  // Once, before all else. Why it cannot be opened; empty if it is.
  std::string open();
  // Null if it is not there any more.
  tidegate::spool::log::reader_state* reader_of(const inspected_route& route) const;
  // Does all that is due. False if something is that cannot be done now: why_not().
  bool work();
  std::string why_not() const;

  moment now() const { return {clock_.now_monotonic(), clock_.now_utc()}; }
  tidegate::spool::log& operator*() noexcept { return log_; }
  tidegate::spool::log* operator->() noexcept { return &log_; }

 private:
  const observe::clock& clock_;
  tidegate::spool::log log_;
};

}  // namespace tidegate::spool
