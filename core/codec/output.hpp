// Where encoders write: a block of memory that stays in the processor's cache, appended to the payload
// whenever it is full. The position is a plain pointer that the caller carries along.
//
//   auto* at = out.begin();
//   at = out.reserve(at, 20);      // room for 20 bytes
//   at = write_number(at, value);
//   at = out.append(at, text);     // any length, makes its own room
//   out.finish(at);
//
// The last two bytes written may always be looked at and taken back, also after the memory was full.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace tidegate::codec {

// The memory of an encoder's outputs; one output at a time uses it.
class scratch {
 public:
  static constexpr std::size_t bytes = 16 * 1024;
  char* data() noexcept { return memory_.get(); }

 private:
  // Without a value: zeroing it would touch pages that a small payload never needs.
  std::unique_ptr<char[]> memory_{new char[bytes]};
};

class output {
 public:
  // The most that reserve() gives.
  static constexpr std::size_t reserve_max = scratch::bytes / 4;

  output(scratch& memory, std::string& to) noexcept
      : begin_{memory.data()}, end_{begin_ + scratch::bytes}, to_{to} {}
  output(const output&) = delete;
  output& operator=(const output&) = delete;

  char* begin() noexcept { return begin_; }

  // Room for `bytes` (at most reserve_max) from the position that it returns.
  char* reserve(char* at, std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - at) >= bytes) return at;
    return flush(at);
  }

  char* append(char* at, std::string_view text) {
    if (text.size() >= scratch::bytes) return append_long(at, text);
    while (static_cast<std::size_t>(end_ - at) < text.size()) {
      const auto fits = static_cast<std::size_t>(end_ - at);
      std::memcpy(at, text.data(), fits);
      text.remove_prefix(fits);
      at = flush(end_);
    }
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    return at + text.size();
  }

  void finish(const char* at) { to_.append(begin_, static_cast<std::size_t>(at - begin_)); }

 private:
  static constexpr std::size_t kept = 2;

  // Past the memory, which would be one copy more.
  char* append_long(const char* at, std::string_view text) {
    to_.append(begin_, static_cast<std::size_t>(at - begin_));
    to_.append(text.substr(0, text.size() - kept));
    std::memcpy(begin_, text.data() + text.size() - kept, kept);
    return begin_ + kept;
  }

  char* flush(char* at) {
    const auto written = static_cast<std::size_t>(at - begin_);
    const auto stays = std::min(written, kept);
    to_.append(begin_, written - stays);
    std::memmove(begin_, at - stays, stays);
    return begin_ + stays;
  }

  char* const begin_;
  char* const end_;
  std::string& to_;
};

}  // namespace tidegate::codec
