// How far a reader has come in its stream: which numbers are settled, and how.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "batch/ledger.hpp"
#include "spool/format.hpp"

namespace tidegate::spool {

// A floor below which all is settled, and ranges above it for what was settled out of order. A value; one
// thread at a time.
class cursor {
 public:
  cursor() = default;
  // Nothing before `start` is the reader's own.
  explicit cursor(std::uint64_t start) : start_{start}, floor_{start} {}
  explicit cursor(const reader_entry& from);
  void store(reader_entry& into) const;

  // Numbers in [first, end) that were not settled before are settled now; how many these were.
  std::uint64_t deliver(std::uint64_t first, std::uint64_t end);
  std::uint64_t discard(std::uint64_t first, std::uint64_t end, discard_reason why);

  // So many are discarded that get no number, since nobody takes them.
  void pass(std::uint64_t samples, discard_reason why);

  // Numbers in [first, end) are not its own: settled, and not counted as accepted.
  void leave_out(std::uint64_t first, std::uint64_t end);

  std::uint64_t floor() const noexcept { return floor_; }
  // How many ranges above the floor are settled.
  std::size_t pieces() const noexcept { return settled_.size(); }
  // Of the runs between two settled ranges, from number `from` on, the one without which the hole is the
  // shortest; empty if there is none.
  number_range least_missed(std::uint64_t from) const noexcept;
  // The lowest number from `from` on that is not settled.
  std::uint64_t unsettled_from(std::uint64_t from) const noexcept;
  // Where the run of unsettled numbers that contains `number` ends, at most at `end`.
  std::uint64_t unsettled_until(std::uint64_t number, std::uint64_t end) const noexcept;

  // `next` is the number behind the stream's last accepted sample.
  tidegate::ledger ledger(std::uint64_t next) const noexcept;

 private:
  std::uint64_t settle(std::uint64_t first, std::uint64_t end);
  void raise_floor();

  std::uint64_t start_ = 0;  // what the stream's next number is counted from: see reader_entry
  std::uint64_t floor_ = 0;
  // Above the floor, ascending, apart: as many as deliveries under way, and those of the live lane.
  std::vector<number_range> settled_;
  std::uint64_t delivered_ = 0;
  std::array<std::uint64_t, discard_reason_count> discarded_{};
};

}  // namespace tidegate::spool
