// Goes through the records of one segment, and over what is damaged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>
#include <vector>

#include "spool/folder.hpp"
#include "spool/format.hpp"

namespace tidegate::spool {

// One thread at a time; several scanners may read the same file, also while it is written.
class scanner {
 public:
  struct range {
    std::uint64_t begin = block_bytes;  // a multiple of 8
    std::uint64_t end = 0;
  };
  // The file outlives the scanner. Records of other generations or spools are passed over: a file
  // that is used again still holds what it held before.
  scanner(const file& from, std::uint32_t seed, std::uint64_t generation, const range& of);

  enum class found {
    record,
    damaged_record,  // the header holds, the payload does not
    end,
    error,  // see error()
  };
  // More of the file was written. What lies behind the end is never read.
  void extend(std::uint64_t end) noexcept { end_ = end; }

  // The next one. After something damaged: the next header that holds.
  found next();

  // After an error: goes on behind what cannot be read, the record if it is known, else the block.
  void skip_unreadable() noexcept;

  // Of what next() found.
  const record_header& header() const noexcept { return header_; }
  std::uint64_t offset() const noexcept { return offset_; }
  std::span<const std::byte> payload() const noexcept { return payload_; }  // until the next call
  // Whether it is data, and what it holds a batch of that many samples. The sums hold, so it is what a source
  // gave; but views are made of nothing that was not proved.
  bool holds_batch() const noexcept;
  std::error_code error() const noexcept { return error_; }
  // Where the next record is looked for.
  std::uint64_t position() const noexcept { return position_; }

 private:
  bool load(std::uint64_t offset, std::size_t bytes);
  bool take_header();
  const std::byte* at(std::uint64_t offset) const noexcept {
    return window_.data() + (offset - window_offset_);
  }

  const file* file_;
  std::uint32_t seed_;
  std::uint64_t generation_;
  std::uint64_t position_;
  std::uint64_t end_;
  std::vector<std::byte> window_;  // a piece of the file
  std::uint64_t window_offset_ = 0;
  std::size_t window_bytes_ = 0;
  record_header header_;
  std::uint64_t offset_ = 0;
  std::span<const std::byte> payload_;
  std::error_code error_;
};

}  // namespace tidegate::spool
