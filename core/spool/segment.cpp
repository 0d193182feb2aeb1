#include "spool/segment.hpp"

#include <algorithm>

namespace tidegate::spool {

void segment::add(const segment_part& more) {
  auto* known = part_of(more.stream);
  if (known == nullptr) {
    parts.push_back(more);
    return;
  }
  known->numbers = {std::min(known->numbers.first, more.numbers.first),
                    std::max(known->numbers.end, more.numbers.end)};
  known->bytes += more.bytes;
  known->newest = std::max(known->newest, more.newest);
}

std::string quarantine_name(folder& files, const std::string& name) {
  auto made = name + std::string{quarantine_suffix};
  std::shared_ptr<file> there;
  for (int number = 2; !files.open(made, there); ++number)
    made = name + "." + std::to_string(number) + std::string{quarantine_suffix};
  return made;
}

static constexpr std::uint64_t reserve_max = 64 * 1024;

segment_room room_of(std::uint64_t segment_bytes) noexcept {
  const auto reserve = std::min(reserve_max, segment_bytes / 4);
  const auto quarter = reserve / 4 / block_bytes * block_bytes;
  return {segment_bytes - reserve, segment_bytes - reserve + quarter, segment_bytes - quarter};
}

std::uint64_t segment_bytes_for(std::uint64_t data_end) noexcept {
  return round_up(data_end, block_bytes) + reserve_max;
}

}  // namespace tidegate::spool
