// What is written at once: records, ended by a commit record, padded to whole blocks.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "spool/format.hpp"

namespace tidegate::spool {

// Filled record by record, then finished once. One thread at a time.
class commit {
 public:
  // How many bytes on disk records of these payloads make, with the commit's own.
  static constexpr std::uint64_t bytes_for(std::uint64_t records_bytes) noexcept {
    return round_up(records_bytes + record_bytes(sizeof(commit_payload)), block_bytes);
  }

  // The payload must stay where it is until the commit was written; header members that depend on place and
  // payload are filled in by finish().
  void add(const record_header& header, std::span<const std::byte> payload);
  // Keeps the payload itself.
  void add(const record_header& header, std::vector<std::byte> payload);
  bool empty() const noexcept { return records_.empty(); }
  std::uint64_t records_bytes() const noexcept { return records_bytes_; }
  std::uint64_t bytes() const noexcept { return bytes_for(records_bytes_); }

  struct place {
    std::uint32_t seed = 0;
    std::uint64_t generation = 0;
    std::uint64_t offset = 0;
    std::uint64_t number = 0;
    std::int64_t utc = 0;
    std::int64_t service_time = 0;
  };
  // Sums and pads: what costs is here, so that it can be done outside of locks. Valid as long as the commit.
  const std::vector<iovec>& finish(const place& at);

 private:
  struct record {
    record_header header;
    std::span<const std::byte> payload;
  };
  void lay_out(const record& each);

  std::vector<record> records_;
  std::vector<std::vector<std::byte>> kept_;
  std::uint64_t records_bytes_ = 0;
  commit_payload end_;
  record end_record_;
  std::vector<iovec> parts_;
};

}  // namespace tidegate::spool
