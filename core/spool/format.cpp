#include "spool/format.hpp"

#include <algorithm>
#include <string_view>
#include <type_traits>

#include "spool/crc32c.hpp"

namespace tidegate::spool {

namespace {

template <class Struct>
std::uint32_t crc_of(const Struct& of, std::uint32_t seed) noexcept {
  return crc32c(seed, &of, offsetof(Struct, crc));
}

template <class Struct>
Struct load(std::span<const std::byte> from, std::size_t offset = 0) noexcept {
  static_assert(std::is_trivially_copyable_v<Struct>);
  Struct made;
  std::memcpy(&made, from.data() + offset, sizeof made);
  return made;
}

header_state state_of(const segment_header& header) noexcept {
  if (header.magic != segment_header{}.magic || header.crc != crc_of(header, 0))
    return header_state::unreadable;
  if (header.version > format_version) return header_state::newer;
  return header.header_bytes == sizeof header && header.block_bytes == block_bytes ? header_state::ours
                                                                                   : header_state::unreadable;
}

// ---- Numbers and texts, one behind the other --------------------------------------------------------

class writer {
 public:
  template <class Number>
  writer& put(Number number) {
    static_assert(std::is_integral_v<Number>);
    const auto* bytes = reinterpret_cast<const std::byte*>(&number);
    out_.insert(out_.end(), bytes, bytes + sizeof number);
    return *this;
  }
  writer& put(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
    out_.insert(out_.end(), bytes, bytes + text.size());
    return *this;
  }
  writer& put(const number_range& range) { return put(range.first).put(range.end); }
  std::vector<std::byte> take() { return std::move(out_); }

 private:
  std::vector<std::byte> out_;
};

// After the first thing that is not there, everything is zero and failed() true.
class taker {
 public:
  explicit taker(std::span<const std::byte> from) : from_{from} {}
  template <class Number>
  void take(Number& into) {
    if (failed_ || from_.size() < sizeof into) {
      failed_ = true;
      into = 0;
      return;
    }
    std::memcpy(&into, from_.data(), sizeof into);
    from_ = from_.subspan(sizeof into);
  }
  void take(std::string& into) {
    const auto length = take_count(1);
    into.assign(reinterpret_cast<const char*>(from_.data()), length);
    from_ = from_.subspan(length);
  }
  void take(number_range& into) {
    take(into.first);
    take(into.end);
    if (into.first > into.end) failed_ = true;
  }
  // A count of things that take at least `each` bytes, so that no wrong number allocates memory.
  std::uint32_t take_count(std::size_t each) {
    std::uint32_t count = 0;
    take(count);
    if (count > from_.size() / each) {
      failed_ = true;
      return 0;
    }
    return count;
  }
  void fail() noexcept { failed_ = true; }
  bool complete() const noexcept { return !failed_ && from_.empty(); }

 private:
  std::span<const std::byte> from_;
  bool failed_ = false;
};

void put(writer& out, const cursors& of) {
  out.put(std::uint32_t{of.complete}).put(static_cast<std::uint32_t>(of.streams.size()));
  for (const auto& each : of.streams) out.put(each.id).put(each.next).put(std::string_view{each.name});
  out.put(static_cast<std::uint32_t>(of.readers.size()));
  for (const auto& each : of.readers) {
    out.put(each.id).put(each.stream).put(each.start).put(each.floor).put(each.delivered);
    out.put(static_cast<std::uint32_t>(each.discarded.size()));
    for (const auto count : each.discarded) out.put(count);
    out.put(static_cast<std::uint32_t>(each.settled.size()));
    for (const auto& range : each.settled) out.put(range);
    out.put(std::string_view{each.name});
  }
}

// A later minor version may know more reasons: their counts must not be lost.
void take_discarded(taker& in, reader_entry& into) {
  const auto reasons = in.take_count(8);
  for (std::uint32_t index = 0; index < reasons; ++index) {
    std::uint64_t count = 0;
    in.take(count);
    into.discarded[std::min<std::size_t>(index, discard_reason_count - 1)] += count;
  }
}

void take_settled(taker& in, reader_entry& into) {
  auto above = into.floor;
  into.settled.resize(in.take_count(16));
  for (auto& range : into.settled) {
    in.take(range);
    if (range.first <= above || range.first == range.end) in.fail();
    above = range.end;
  }
}

void take(taker& in, cursors& into) {
  std::uint32_t complete = 0;
  in.take(complete);
  into.complete = complete != 0;
  into.streams.resize(in.take_count(16));
  for (auto& each : into.streams) {
    in.take(each.id);
    in.take(each.next);
    in.take(each.name);
  }
  into.readers.resize(in.take_count(48));
  for (auto& each : into.readers) {
    in.take(each.id);
    in.take(each.stream);
    in.take(each.start);
    in.take(each.floor);
    in.take(each.delivered);
    take_discarded(in, each);
    take_settled(in, each);
    in.take(each.name);
  }
}

}  // namespace

// ---- headers -----------------------------------------------------------------------------------------

header_state read_segment_header(std::span<const std::byte> block, segment_header& into) noexcept {
  if (block.size() < block_bytes) return header_state::unreadable;
  const auto first = load<segment_header>(block);
  const auto second = load<segment_header>(block, second_header_offset);
  const auto one = state_of(first);
  const auto two = state_of(second);
  const auto usable = [](header_state state) {
    return state == header_state::ours || state == header_state::newer;
  };
  if (usable(one) || usable(two)) {
    const bool take_first = usable(one) && (!usable(two) || first.generation >= second.generation);
    into = take_first ? first : second;
    return take_first ? one : two;
  }
  const bool blank =
      std::all_of(block.begin(), block.end(), [](std::byte each) { return each == std::byte{0}; });
  return blank ? header_state::blank : header_state::unreadable;
}

std::vector<std::byte> make_header_block(segment_header header) {
  header.crc = crc_of(header, 0);
  std::vector<std::byte> block(block_bytes);
  std::memcpy(block.data(), &header, sizeof header);
  std::memcpy(block.data() + second_header_offset, &header, sizeof header);
  return block;
}

std::uint32_t id_seed(const spool_id& id) noexcept { return crc32c(0, id.data(), id.size()); }

void finish_header(record_header& header, std::uint32_t seed, std::span<const std::byte> payload) noexcept {
  header.payload_bytes = static_cast<std::uint32_t>(payload.size());
  header.payload_crc = crc32c(0, payload.data(), payload.size());
  header.crc = crc_of(header, seed);
}

bool header_holds(const record_header& header, std::uint32_t seed) noexcept {
  return header.magic == record_header::record_magic && header.header_bytes == sizeof header &&
         header.crc == crc_of(header, seed);
}

bool payload_holds(const record_header& header, std::span<const std::byte> payload) noexcept {
  return header.payload_crc == crc32c(0, payload.data(), payload.size());
}

void finish_trailer(seal_trailer& trailer, std::uint32_t seed) noexcept {
  trailer.crc = crc_of(trailer, seed);
}

bool trailer_holds(const seal_trailer& trailer, std::uint32_t seed) noexcept {
  return trailer.magic == seal_trailer::trailer_magic && trailer.crc == crc_of(trailer, seed);
}

// ---- payloads ----------------------------------------------------------------------------------------

std::vector<std::byte> encode(const cursors& of) {
  writer out;
  put(out, of);
  return out.take();
}

std::vector<std::byte> encode(const gap_entry& of) {
  writer out;
  out.put(of.reader).put(static_cast<std::uint32_t>(of.why)).put(of.numbers).put(of.samples);
  out.put(of.first_utc).put(of.last_utc);
  return out.take();
}

std::vector<std::byte> encode(const seal& of) {
  writer out;
  out.put(of.end).put(static_cast<std::uint32_t>(of.parts.size()));
  for (const auto& each : of.parts) out.put(each.stream).put(each.numbers).put(each.bytes).put(each.newest);
  put(out, of.all);
  return out.take();
}

std::optional<cursors> decode_cursors(std::span<const std::byte> payload) {
  taker in{payload};
  cursors made;
  take(in, made);
  if (!in.complete()) return std::nullopt;
  return made;
}

std::optional<gap_entry> decode_gap(std::span<const std::byte> payload) {
  taker in{payload};
  gap_entry made;
  std::uint32_t why = 0;
  in.take(made.reader);
  in.take(why);
  in.take(made.numbers);
  in.take(made.samples);
  in.take(made.first_utc);
  in.take(made.last_utc);
  if (!in.complete() || why >= discard_reason_count) return std::nullopt;
  made.why = static_cast<discard_reason>(why);
  return made;
}

std::optional<seal> decode_seal(std::span<const std::byte> payload) {
  taker in{payload};
  seal made;
  in.take(made.end);
  made.parts.resize(in.take_count(36));
  for (auto& each : made.parts) {
    in.take(each.stream);
    in.take(each.numbers);
    in.take(each.bytes);
    in.take(each.newest);
  }
  take(in, made.all);
  if (!in.complete() || !made.all.complete) return std::nullopt;
  return made;
}

}  // namespace tidegate::spool
