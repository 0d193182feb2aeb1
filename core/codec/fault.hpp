// What can be wrong with bytes that come in: counted by reason, told once, never a reason to stop.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "tidegate/host.hpp"

namespace tidegate::codec {

enum class fault : std::uint8_t {
  too_long,    // a frame is longer than max_size: skipped up to the next boundary
  incomplete,  // the stream broke off, or went silent, within a frame
  boundary,  // bytes that cannot be a frame: a length that is too large, an end without a start, a bad escape
  checksum,  // the checksum is not that of the bytes
  syntax,    // the frame is not what the format says
  time,      // the time in the data cannot be read: the sample is dropped, since any other would be wrong
  value,     // one value does not fit its type, or is no finite number: the field is left out
  empty,     // nothing in the frame became a field
};
constexpr std::size_t fault_kinds = 8;

std::string_view name_of(fault reason) noexcept;

// The faults of all streams of one decoder. Any thread.
class fault_ledger {
 public:
  // Makes the counters, one for each reason, so that they are seen before anything is wrong.
  explicit fault_ledger(const component_host& host);

  // Counts, and says so in the log when it is the first of its reason. `text` is what came in.
  void add(fault reason, std::string_view what, std::string_view text) {
    if (count(reason)) tell(reason, what, text);
  }
  // The same where the words have to be put together: only count() is done under a flood.
  bool count(fault reason) noexcept;
  void tell(fault reason, std::string_view what, std::string_view text) const;
  std::uint64_t total() const noexcept { return total_.load(std::memory_order_relaxed); }

 private:
  component_host host_;
  std::array<metric, fault_kinds> counters_;
  std::array<std::atomic<bool>, fault_kinds> told_{};
  std::atomic<std::uint64_t> total_{0};
};

// The beginning of a frame for a line of the log: printable, in quotes, and short.
std::string excerpt(std::string_view text);

}  // namespace tidegate::codec
