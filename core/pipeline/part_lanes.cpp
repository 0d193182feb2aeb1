#include "pipeline/part_lanes.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tidegate::pipeline {

void part_lanes::put_back(std::vector<part>& parts) {
  const auto live =
      std::find_if(parts.begin(), parts.end(), [&](const part& each) { return each.order >= live_from_; });
  std::vector<part> newer{std::move_iterator{live}, std::move_iterator{parts.end()}};
  parts.erase(live, parts.end());
  of(lane::main).put_back(parts);
  of(lane::live).put_back(newer);
}

std::optional<part> part_lanes::pop_unclaimed() {
  auto oldest = of(lane::main).pop_unclaimed();
  return oldest ? std::move(oldest) : of(lane::live).pop_unclaimed();
}

void part_lanes::split(std::uint64_t live_from) {
  join();
  live_from_ = live_from;
}

void part_lanes::join() {
  auto& live = of(lane::live);
  if (of(lane::main).empty()) std::swap(of(lane::main), live);
  while (!live.empty()) of(lane::main).push_back(live.pop_front());
  live_from_ = UINT64_MAX;
}

}  // namespace tidegate::pipeline
