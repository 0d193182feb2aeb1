// Goes through one segment from its first byte to its last record, for those who want to know what lies
// where: what a scanner passes over silently is told here.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <system_error>

#include "spool/folder.hpp"
#include "spool/format.hpp"

namespace tidegate::spool {

// A stretch of a segment. They follow each other without a hole, each from where the last one ended.
struct stretch {
  enum class kind {
    record,             // whole; data is a valid batch
    unreadable_record,  // its header holds, but what it describes does not
    no_record,          // no header holds here
  };
  kind what = kind::no_record;
  std::uint64_t offset = 0;
  std::uint64_t end = 0;  // of a commit: with the padding behind it
  // Unless there is no record.
  record_header header;
  std::span<const std::byte> payload;  // aligned to 8, valid during the call; empty if it does not hold
};

struct walk_options {
  std::uint32_t seed = 0;
  std::uint64_t generation = 0;
  std::uint64_t bytes = 0;  // of the file
};

// Calls `visit` for each stretch, until it returns false. What lies behind the last record of this generation
// is not visited: an older use of the file may have left anything there. What the disk refuses to read counts
// as no record, and what lies behind it is visited all the same; the first such error is returned.
std::error_code walk(const file& from, const walk_options& of,
                     const std::function<bool(const stretch&)>& visit);

}  // namespace tidegate::spool
