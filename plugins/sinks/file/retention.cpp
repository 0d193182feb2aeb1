#include "retention.hpp"

namespace tidegate::file_sink {

std::vector<own_file> plan_retention(const std::vector<own_file>& closed, std::uint64_t live_size,
                                     const retention_limits& limits, std::int64_t now) {
  std::uint64_t total = live_size;
  for (const auto& each : closed) total += each.size;
  auto count = closed.size();

  std::vector<own_file> going;
  for (const auto& oldest : closed) {
    const bool too_many = limits.max_files && count > *limits.max_files;
    const bool too_old = limits.max_age && now - oldest.modified > limits.max_age->count();
    const bool too_large = limits.max_total_size && total > *limits.max_total_size;
    if (!too_many && !too_old && !too_large) break;
    going.push_back(oldest);
    total -= oldest.size;
    --count;
  }
  return going;
}

}  // namespace tidegate::file_sink
