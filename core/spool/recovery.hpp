// What lies in a spool's folder, made sense of: segments in their order, and how far each reader has come.
//
// Nothing that could be a sample is deleted. A file that cannot be part of this spool is renamed, one of a
// later version of the format left untouched, and the rest is used. Only reads, renames, and one sync: what a
// killed program had written counts as accepted from now on, so it must survive a power cut from now on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "observe/log.hpp"
#include "spool/folder.hpp"
#include "spool/format.hpp"
#include "spool/segment.hpp"

namespace tidegate::spool {

struct recovered {
  // Why the folder cannot be used as it is, for a reason that is not the disk's and passes or can be mended;
  // empty if it can.
  std::string problem;
  bool found = false;         // there was a spool
  bool names_synced = false;  // what was found is there after a power cut as well
  spool_id id{};
  std::vector<segment> segments;  // oldest first; the last is where writing goes on
  std::vector<segment> blanks;    // written in advance, never used
  cursors all;                    // complete
  std::uint64_t next_generation = 1;
  std::uint64_t next_commit = 1;
  std::int64_t service_time = 0;
  // Samples whose commit was cut off and that are not there, by stream.
  struct hole {
    std::uint32_t stream;
    number_range numbers;
  };
  std::vector<hole> unconfirmed;
};

// What went wrong is told in the log.
recovered recover(folder& files, std::uint64_t segment_bytes, observe::log& log);

// What one segment holds, from its seal or record by record.
struct segment_content {
  bool sealed = false;
  std::uint64_t end = block_bytes;  // behind the last header that holds, on a block
  std::vector<segment_part> parts;
  std::vector<cursors> said;      // in order
  std::uint64_t last_commit = 0;  // its number, 0 if there is none
  std::int64_t service_time = 0;  // the newest
  // Data whose records hold: up to the last commit, and behind it.
  struct data {
    std::uint32_t stream;
    number_range numbers;
  };
  std::vector<data> confirmed;
  std::vector<data> uncommitted;
  std::error_code error;
};
segment_content read_content(const segment& of, std::uint32_t seed);
segment_content scan_content(const segment& of, std::uint32_t seed);  // not trusting the seal

}  // namespace tidegate::spool
