#include "spool/scanner.hpp"

#include <algorithm>
#include <cstring>

#include "tidegate/batch.hpp"
#include "tidegate/batch_validate.hpp"

namespace tidegate::spool {

// Large enough that reading a backlog costs few calls, small enough for one of these for each slow sink.
static constexpr std::size_t window_bytes_min = 64 * 1024;

scanner::scanner(const file& from, std::uint32_t seed, std::uint64_t generation, const range& of)
    : file_{&from}, seed_{seed}, generation_{generation}, position_{of.begin}, end_{of.end} {}

// Has [offset, offset + bytes) in the window; false if the file ends before, or cannot be read.
bool scanner::load(std::uint64_t offset, std::size_t bytes) {
  if (offset >= window_offset_ && offset + bytes <= window_offset_ + window_bytes_) return true;
  const auto wanted = std::min<std::uint64_t>(std::max(bytes, window_bytes_min), end_ - offset);
  if (wanted < bytes) return false;
  if (window_.size() < wanted) window_.resize(wanted);
  window_offset_ = offset;
  error_ = file_->read(offset, {window_.data(), static_cast<std::size_t>(wanted)}, window_bytes_);
  // What cannot be read may lie further on than what is wanted.
  if (error_ && wanted > bytes) error_ = file_->read(offset, {window_.data(), bytes}, window_bytes_);
  if (error_) window_bytes_ = 0;
  return !error_ && window_bytes_ >= bytes;
}

void scanner::skip_unreadable() noexcept {
  const bool in_payload = error_ && offset_ == position_ && header_.magic == record_header::record_magic;
  const auto next = round_up(position_ + 1, block_bytes);
  position_ = in_payload ? position_ + record_bytes(header_.payload_bytes) : next;
  header_.magic = 0;
  error_ = {};
}

// At position_, if one of this segment holds there.
bool scanner::take_header() {
  std::memcpy(&header_, at(position_), sizeof header_);
  return header_.generation == generation_ && header_holds(header_, seed_) &&
         record_bytes(header_.payload_bytes) <= end_ - position_;
}

bool scanner::holds_batch() const noexcept {
  return header_.type == record_type::data && validate(payload_.data(), payload_.size()) == nullptr &&
         batch_view{payload_.data()}.size() == header_.samples;
}

scanner::found scanner::next() {
  for (; position_ + sizeof header_ <= end_; position_ += 8) {
    if (!load(position_, sizeof header_)) break;
    if (!take_header()) continue;
    offset_ = position_;
    if (!load(offset_, static_cast<std::size_t>(sizeof header_ + header_.payload_bytes))) break;
    payload_ = {at(offset_) + sizeof header_, header_.payload_bytes};
    position_ += record_bytes(header_.payload_bytes);
    if (header_.type == record_type::commit) position_ = round_up(position_, block_bytes);
    return payload_holds(header_, payload_) ? found::record : found::damaged_record;
  }
  return error_ ? found::error : found::end;
}

}  // namespace tidegate::spool
