// The bytes of a segment: what README.md describes, as structs and checks. Pure: no file, no state.
//
// All numbers are little-endian; the structs have no padding and are what lies on disk.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "batch/ledger.hpp"

namespace tidegate::spool {

static_assert(std::endian::native == std::endian::little, "the format is written as it lies in memory");

inline constexpr std::uint32_t block_bytes = 4096;  // what a disk writes at a time
inline constexpr std::uint16_t format_version = 1;

constexpr std::uint64_t round_up(std::uint64_t bytes, std::uint64_t to) noexcept {
  return (bytes + to - 1) / to * to;
}

// Which spool a file belongs to; part of every checksum, so that no other's bytes can pass for ours.
using spool_id = std::array<std::uint8_t, 16>;

// ---- The segment's header ------------------------------------------------------------------------

// Stands twice in the first block, so that no damaged byte makes the segment unknown.
struct segment_header {
  std::array<char, 8> magic{'T', 'I', 'D', 'E', 'S', 'E', 'G', '\n'};
  std::uint16_t version = format_version;
  std::uint16_t header_bytes = 64;
  std::uint32_t block_bytes = spool::block_bytes;
  spool_id id{};
  std::uint64_t generation = 0;  // counts the uses of files as segments: the log's order
  std::uint64_t segment_bytes = 0;
  std::int64_t created = 0;  // UTC, nanoseconds; for people
  std::uint32_t reserved = 0;
  std::uint32_t crc = 0;  // of all before it
};
static_assert(sizeof(segment_header) == 64);
inline constexpr std::uint32_t second_header_offset = 2048;

enum class header_state {
  blank,       // zeros: written in advance and never used
  ours,        // valid
  newer,       // valid, of a later version of the format
  unreadable,  // none of these
};
// What the first block of a file says; the copy of the higher generation if both are valid.
header_state read_segment_header(std::span<const std::byte> block, segment_header& into) noexcept;
// The whole first block.
std::vector<std::byte> make_header_block(segment_header header);

// ---- Records -------------------------------------------------------------------------------------

enum class record_type : std::uint8_t {
  data = 1,     // a batch
  cursors = 2,  // how far readers have come
  gap = 3,      // samples that were discarded
  commit = 4,   // ends what was written together
  seal = 5,     // what a full segment holds, at its end
};

struct record_header {
  std::uint32_t magic = record_magic;
  record_type type = record_type::data;
  std::uint8_t flags = 0;
  std::uint16_t header_bytes = 56;
  std::uint32_t payload_bytes = 0;
  std::uint32_t payload_crc = 0;
  std::uint64_t generation = 0;   // of the segment
  std::uint64_t number = 0;       // data: of the first sample in its stream; commit: of the commit
  std::uint32_t stream = 0;       // data
  std::uint32_t samples = 0;      // data: samples; commit: records
  std::int64_t service_time = 0;  // nanoseconds that the spool has been in use, all runs together
  std::uint32_t reserved = 0;
  std::uint32_t crc = 0;  // of all before it, and the spool's id

  static constexpr std::uint32_t record_magic = 0x31524754;  // "TGR1"
};
static_assert(sizeof(record_header) == 56);

// Records begin at multiples of 8.
constexpr std::uint64_t record_bytes(std::uint64_t payload) noexcept {
  return sizeof(record_header) + round_up(payload, 8);
}

// What ends a commit.
struct commit_payload {
  std::uint64_t begin = 0;  // offset of its first record
  std::uint32_t chain = 0;  // checksum of its records' checksums, in order
  std::uint32_t reserved = 0;
  std::int64_t utc = 0;
};
static_assert(sizeof(commit_payload) == 24);

std::uint32_t id_seed(const spool_id& id) noexcept;
void finish_header(record_header& header, std::uint32_t seed, std::span<const std::byte> payload) noexcept;
bool header_holds(const record_header& header, std::uint32_t seed) noexcept;
bool payload_holds(const record_header& header, std::span<const std::byte> payload) noexcept;

// ---- Payloads ------------------------------------------------------------------------------------

struct number_range {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
  friend bool operator==(const number_range&, const number_range&) = default;
};

struct stream_entry {
  std::uint32_t id = 0;
  std::uint64_t next = 0;  // the number that the next sample gets
  std::string name;
};

struct reader_entry {
  std::uint32_t id = 0;
  std::uint32_t stream = 0;
  // The first number that is its own, less the samples that were discarded without ever having a number,
  // modulo 2^64: the stream's next number less this is how many were accepted.
  std::uint64_t start = 0;
  std::uint64_t floor = 0;  // all below are settled
  std::uint64_t delivered = 0;
  std::array<std::uint64_t, discard_reason_count> discarded{};
  std::vector<number_range> settled;  // above the floor, ascending, apart
  std::string name;
};

// Entries replace what earlier records said of the same stream or reader.
struct cursors {
  std::vector<stream_entry> streams;
  std::vector<reader_entry> readers;
  bool complete = false;  // there are no others: what is not named here is forgotten
};

struct gap_entry {
  std::uint32_t reader = 0;
  discard_reason why = discard_reason::full;
  number_range numbers;
  std::uint64_t samples = 0;
  std::int64_t first_utc = 0;  // when it was discarded
  std::int64_t last_utc = 0;
};

// The samples of one stream in one segment.
struct segment_part {
  std::uint32_t stream = 0;
  number_range numbers;
  std::uint64_t bytes = 0;
  std::int64_t newest = 0;  // service time
};

struct seal {
  std::vector<segment_part> parts;
  std::uint64_t end = 0;  // where the records end
  cursors all;            // complete
};

std::vector<std::byte> encode(const cursors& of);
std::vector<std::byte> encode(const gap_entry& of);
std::vector<std::byte> encode(const seal& of);
// Nothing if the bytes are not what encode() makes.
std::optional<cursors> decode_cursors(std::span<const std::byte> payload);
std::optional<gap_entry> decode_gap(std::span<const std::byte> payload);
std::optional<seal> decode_seal(std::span<const std::byte> payload);

// The last bytes of a sealed segment: where its seal begins.
struct seal_trailer {
  std::uint32_t magic = trailer_magic;
  std::uint32_t bytes = 0;  // from the seal's record to the end of the segment
  std::uint64_t generation = 0;
  std::uint32_t record_crc = 0;  // the seal's own: of two attempts no mixture passes for one
  std::uint32_t crc = 0;         // of all before it, and the spool's id

  static constexpr std::uint32_t trailer_magic = 0x31455354;  // "TSE1"
};
static_assert(sizeof(seal_trailer) == 24);
void finish_trailer(seal_trailer& trailer, std::uint32_t seed) noexcept;
bool trailer_holds(const seal_trailer& trailer, std::uint32_t seed) noexcept;

}  // namespace tidegate::spool
