// Parts that wait in one order, or in two lanes of it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "batch/lane.hpp"
#include "pipeline/parts.hpp"

namespace tidegate::pipeline {

// One thread at a time.
class part_lanes {
 public:
  ordered_parts& of(lane which) noexcept { return lanes_[index_of(which)]; }
  const ordered_parts& of(lane which) const noexcept { return lanes_[index_of(which)]; }

  bool empty() const noexcept { return of(lane::main).empty() && of(lane::live).empty(); }
  // The oldest of all.
  const part& front() const noexcept { return of(oldest_lane()).front(); }
  part pop_front() { return of(oldest_lane()).pop_front(); }
  // The oldest for which no source can be asked again.
  std::optional<part> pop_unclaimed();
  // Behind all that is here or was here before.
  void push_back(part last) {
    of(last.order < live_from_ ? lane::main : lane::live).push_back(std::move(last));
  }
  // What was taken comes back to its place: to the lane that has its number now.
  void put_back(std::vector<part>& parts);

  // What is numbered from there on is the live lane's, all that waits here the main lane's.
  void split(std::uint64_t live_from);
  void join();

 private:
  lane oldest_lane() const noexcept { return of(lane::main).empty() ? lane::live : lane::main; }

  std::array<ordered_parts, lane_count> lanes_;
  std::uint64_t live_from_ = UINT64_MAX;
};

}  // namespace tidegate::pipeline
