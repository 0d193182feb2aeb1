// One file of the log, as the spool knows it in memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spool/folder.hpp"
#include "spool/format.hpp"

namespace tidegate::spool {

struct segment {
  std::string name;
  std::shared_ptr<tidegate::spool::file> file;  // shared with whoever reads it just now
  std::uint64_t generation = 0;
  std::uint64_t bytes = 0;          // of the file
  std::uint64_t end = block_bytes;  // where the next commit goes
  std::vector<segment_part> parts;  // one for each stream that has samples in it
  bool sealed = false;              // its seal tells all
  bool closed = false;              // a seal was begun: nothing more may be written
  bool damaged = false;     // something in it cannot be read: kept aside when it is not needed any more
  bool distrusted = false;  // a write or sync of it failed: never written again
  // The place in the log's queue up to which all must be synced elsewhere, before this is given up.
  std::uint64_t needed_until = 0;

  segment_part* part_of(std::uint32_t stream) noexcept {
    for (auto& each : parts)
      if (each.stream == stream) return &each;
    return nullptr;
  }
  const segment_part* part_of(std::uint32_t stream) const noexcept {
    return const_cast<segment*>(this)->part_of(stream);
  }
  void add(const segment_part& more);
};

inline constexpr std::string_view segment_suffix = ".log";
inline constexpr std::string_view quarantine_suffix = ".quarantined";
// What a file is called that is kept aside: a name that no other has.
std::string quarantine_name(folder& files, const std::string& name);

inline constexpr std::uint32_t segment_bytes_min = 64 * 1024;

// How a segment's room is divided. What data may not take is left for cursors, so that acknowledging needs
// no new file: first for any, then for those that free a segment, then for the seal.
struct segment_room {
  std::uint64_t data_end = 0;
  std::uint64_t cursors_end = 0;
  std::uint64_t release_end = 0;
};
segment_room room_of(std::uint64_t segment_bytes) noexcept;

// How large a segment must be whose data may go as far as that.
std::uint64_t segment_bytes_for(std::uint64_t data_end) noexcept;

}  // namespace tidegate::spool
