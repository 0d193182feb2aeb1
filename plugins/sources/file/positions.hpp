// Up to where each file is safe: marks come back in any order, and belong to several files.
#pragma once

#include <cstdint>
#include <deque>
#include <map>

#include "tidegate/safe_position.hpp"

namespace tidegate::file_source {

// One thread at a time. Needs memory for what was given since the oldest mark that is not acknowledged.
class positions {
 public:
  // A run of ascending offsets: one reading of a file from somewhere on.
  using run = std::uint32_t;

  run begin(std::uint64_t offset);
  // Its acknowledgements mean nothing any more.
  void forget(run which) { runs_.erase(which); }

  // The mark for what ends at the offset; to be submitted.
  std::uint64_t give(run which, std::uint64_t offset);
  void acknowledge(std::uint64_t mark);

  // Before this everything is with the sinks, or in the spool.
  std::uint64_t safe(run which) const { return runs_.at(which).offset; }
  bool is_all_safe(run which) const { return runs_.at(which).marks.is_all_safe(); }

 private:
  struct progress {
    std::uint64_t offset;
    safe_position marks;
    std::deque<std::uint64_t> ends;  // the offsets of the marks that are not safe
    std::uint64_t safe_count = 0;
  };
  struct mark_given {
    run of;
    std::uint64_t serial;  // within the run, from 1
    bool is_acknowledged;
  };

  std::map<run, progress> runs_;
  run last_run_ = 0;
  std::deque<mark_given> given_;
  std::uint64_t first_mark_ = 1;  // of given_
};

}  // namespace tidegate::file_source
