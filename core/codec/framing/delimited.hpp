// The search for the end of a frame that is marked by some bytes, over pieces of any size.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "codec/framing/framing.hpp"

namespace tidegate::codec {

// Frames that end with a delimiter. One that is longer than `frame_bytes_max` is skipped up to its end, of
// which no more is held than could be the beginning of a delimiter.
class delimited {
 public:
  delimited(std::string delimiter, std::size_t frame_bytes_max)
      : delimiter_{std::move(delimiter)}, frame_bytes_max_{frame_bytes_max} {}

  // As framing::next. A frame is given without its delimiter; empty ones, too.
  found next(std::string_view& rest) {
    forget_given();
    while (!rest.empty()) {
      const auto end = held_.empty() ? find(rest) : find_across(rest);
      if (end == rest.npos) {
        hold(rest);
        rest = {};
        break;
      }
      const auto piece = rest.substr(0, end);
      rest.remove_prefix(end);
      if (is_skipping_) return end_skipping();
      return held_.empty() ? whole(piece) : joined(piece);
    }
    return {};
  }

  // What is held is not followed by anything.
  found end(pause why) {
    forget_given();
    if (why == pause::silence || pending_ == 0) return {};
    if (is_skipping_) return end_skipping();
    pending_ = 0;
    was_given_ = true;
    if (why == pause::broken)
      return {found::kind::fault, fault::incomplete, held_, "the stream broke off within a frame"};
    return judged(held_);
  }

  std::uint64_t pending() const noexcept { return pending_; }

 private:
  static constexpr std::size_t skipped_shown = 80;

  // Where the first delimiter ends.
  std::size_t find(std::string_view in) const noexcept {
    if (delimiter_.size() == 1) {
      const auto* at = static_cast<const char*>(std::memchr(in.data(), delimiter_[0], in.size()));
      return at == nullptr ? in.npos : static_cast<std::size_t>(at - in.data()) + 1;
    }
    const auto at = in.find(delimiter_);
    return at == in.npos ? in.npos : at + delimiter_.size();
  }

  // The same when the beginning of the delimiter may be the last that is held. The bytes that lie on both
  // sides of the seam are looked at first.
  std::size_t find_across(std::string_view in) {
    const auto overlap = std::min(delimiter_.size() - 1, held_.size());
    seam_.assign(held_, held_.size() - overlap, overlap);
    seam_.append(in.substr(0, delimiter_.size() - 1));
    const auto at = seam_.find(delimiter_);
    if (at != seam_.npos) return at + delimiter_.size() - overlap;
    return find(in);
  }

  void hold(std::string_view piece) {
    pending_ += piece.size();
    held_ += piece;
    if (held_.size() < frame_bytes_max_ + delimiter_.size()) return;
    if (!is_skipping_) shown_.assign(held_, 0, skipped_shown);
    is_skipping_ = true;
    held_.erase(0, held_.size() - std::min(delimiter_.size() - 1, held_.size()));
    give_back_memory();
  }

  found end_skipping() {
    is_skipping_ = false;
    pending_ = 0;
    held_.clear();
    return {found::kind::fault, fault::too_long, shown_, "a frame is longer than max_size"};
  }

  found whole(std::string_view piece) const {
    piece.remove_suffix(delimiter_.size());
    return judged(piece);
  }

  found joined(std::string_view piece) {
    held_ += piece;
    held_.resize(held_.size() - delimiter_.size());
    pending_ = 0;
    was_given_ = true;
    return judged(held_);
  }

  found judged(std::string_view frame) const {
    if (frame.size() <= frame_bytes_max_) return {found::kind::frame, {}, frame, {}};
    return {found::kind::fault, fault::too_long, frame, "a frame is longer than max_size"};
  }

  // What was held stays where it is until the caller is done with it.
  void forget_given() {
    if (!was_given_) return;
    was_given_ = false;
    held_.clear();
    give_back_memory();
  }

  void give_back_memory() {
    constexpr std::size_t kept = 64 * 1024;
    if (held_.capacity() > kept && held_.size() < kept / 8) held_.shrink_to_fit();
  }

  std::string delimiter_;
  std::size_t frame_bytes_max_;
  std::string held_;
  std::string seam_;
  std::string shown_;  // the beginning of what is skipped
  std::uint64_t pending_ = 0;
  bool is_skipping_ = false;
  bool was_given_ = false;
};

}  // namespace tidegate::codec
