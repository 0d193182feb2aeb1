// Reads every record of a spool and says what cannot be read, and what that means in samples.
#pragma once

#include <cstdint>
#include <optional>
#include <system_error>
#include <vector>

#include "spool/inspect.hpp"

namespace tidegate::spool {

// Bytes of a segment that ought to be records and are not.
struct bad_place {
  const inspected_file* file = nullptr;
  std::uint64_t offset = 0;
  std::uint64_t end = 0;
  std::optional<record_header> header;  // if what lies there still says what it was
};

// What looks as if a program or its machine had stopped while it was written, so that nobody was promised any
// of it. What can be read is kept all the same.
struct cut_off_commit {
  const inspected_file* file = nullptr;
  std::uint64_t offset = 0;
  std::uint64_t kept = 0;  // samples of whole records
};

// Commits of which nothing is left, known by the numbers of those around them.
struct missing_commits {
  const inspected_file* file = nullptr;
  std::uint64_t offset = 0;  // where they ought to be
  std::uint64_t count = 0;
};

struct unreadable_blocks {
  const inspected_file* file = nullptr;
  std::error_code why;
};

// A segment that nobody waits for, with places that cannot be read. Either it is damaged, or the power went
// when it was about to be used again.
struct unneeded_segment {
  const inspected_file* file = nullptr;
  std::uint64_t places = 0;
};

// Samples that a route waits for and no segment has.
struct lost_samples {
  const inspected_route* route = nullptr;
  std::vector<number_range> runs;
  std::uint64_t count = 0;
};

struct verification {
  std::uint64_t segments = 0;  // that were read
  std::uint64_t records = 0;   // whole ones
  std::uint64_t samples = 0;   // in them
  std::vector<bad_place> damaged;
  std::vector<missing_commits> missing;
  std::vector<unreadable_blocks> unreadable;
  std::vector<cut_off_commit> cut_off;
  std::vector<unneeded_segment> unneeded;
  std::vector<lost_samples> lost;

  // What a power cut leaves is no damage; and damage of the very last commit cannot be told from that.
  bool is_damaged() const noexcept {
    return !damaged.empty() || !missing.empty() || !unreadable.empty() || !lost.empty();
  }
};

// The inspection outlives what is returned. Beside a gateway that runs, segments that it has used again
// meanwhile count as whole, since nobody waits for what they held.
verification verify(const inspection& of);

}  // namespace tidegate::spool
