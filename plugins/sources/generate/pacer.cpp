#include "pacer.hpp"

#include <algorithm>

namespace tidegate::generate {

std::uint64_t pacer::due(std::int64_t now) noexcept {
  // What is forgiven moves the whole plan, so that later samples keep their distance.
  const auto debt = now - due_time(0);
  if (debt > debt_max.count()) start_ += debt - debt_max.count();
  if (now < start_) return 0;
  auto count = static_cast<std::uint64_t>(static_cast<double>(now - start_) / period_) + 1;
  // The division and time_of() may round differently.
  while (count > taken_ && time_of(count - 1) > now) --count;
  while (time_of(count) <= now) ++count;
  return count > taken_ ? count - taken_ : 0;
}

std::chrono::nanoseconds pacer::delay(std::int64_t now) const noexcept {
  const auto next = std::chrono::nanoseconds{due_time(0) - now};
  if (period_ >= static_cast<double>(wake_interval_min.count()))
    return std::max(next, std::chrono::nanoseconds{0});
  return std::max(next, wake_interval_min);
}

}  // namespace tidegate::generate
