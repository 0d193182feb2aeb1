// What became of the samples of one route.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string_view>

namespace tidegate {

// Why samples were discarded. The numbers stand on disk and never change their meaning.
enum class discard_reason : std::uint8_t {
  full = 0,         // a limit was reached, and `when_full` says so
  age = 1,          // older than max_age
  rejected = 2,     // the sink will never take them
  damaged = 3,      // they were on disk and cannot be read any more
  unconfirmed = 4,  // their commit was cut off, so that they may never have been accepted
  removed = 5,      // by an operator's command
};
inline constexpr std::size_t discard_reason_count = 6;

constexpr std::string_view to_string(discard_reason why) noexcept {
  constexpr std::array<std::string_view, discard_reason_count> names{"full",    "age",         "rejected",
                                                                     "damaged", "unconfirmed", "removed"};
  return names[static_cast<std::size_t>(why)];
}

using discarded_counts = std::array<std::uint64_t, discard_reason_count>;

//   accepted = delivered + discarded (by reason) + waiting          at every moment
//
// in samples. A value.
struct ledger {
  std::uint64_t accepted = 0;
  std::uint64_t delivered = 0;
  discarded_counts discarded_by{};
  std::uint64_t waiting = 0;

  std::uint64_t& discarded(discard_reason why) noexcept {
    return discarded_by[static_cast<std::size_t>(why)];
  }
  std::uint64_t discarded(discard_reason why) const noexcept {
    return discarded_by[static_cast<std::size_t>(why)];
  }
  std::uint64_t discarded() const noexcept {
    return std::accumulate(discarded_by.begin(), discarded_by.end(), std::uint64_t{0});
  }
  bool balanced() const noexcept { return accepted == delivered + discarded() + waiting; }

  friend bool operator==(const ledger&, const ledger&) = default;
};

}  // namespace tidegate
