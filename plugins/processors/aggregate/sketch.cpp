#include "sketch.hpp"

#include <algorithm>
#include <cmath>

namespace tidegate::aggregate {

namespace {

constexpr double growth = 1.01;
// Smaller numbers are zero. Bucket 1 begins here.
constexpr double smallest = 1e-9;

std::int32_t number_of(double value) {
  const auto size = std::fabs(value);
  if (size < smallest) return 0;
  const auto number = 1 + static_cast<std::int32_t>(std::log(size / smallest) / std::log(growth));
  return value < 0 ? -number : number;
}

// In the middle of the bucket.
double value_of(std::int32_t number) {
  if (number == 0) return 0;
  const auto size = smallest * std::pow(growth, std::abs(number) - 0.5);
  return number < 0 ? -size : size;
}

}  // namespace

void sketch::add(double value, std::uint32_t times) { add_to(number_of(value), times); }

void sketch::add(const sketch& other) {
  for (const auto& each : other.buckets_) add_to(each.number, each.count);
}

void sketch::add_to(std::int32_t number, std::uint32_t times) {
  const auto place =
      std::lower_bound(buckets_.begin(), buckets_.end(), number,
                       [](const bucket& each, std::int32_t wanted) { return each.number < wanted; });
  if (place != buckets_.end() && place->number == number) {
    place->count += times;
    return;
  }
  buckets_.insert(place, {number, times});
  if (buckets_.size() > buckets_max) join_smallest();
}

void sketch::join_smallest() {
  auto nearest = buckets_.begin();
  for (auto each = buckets_.begin(); each + 1 != buckets_.end(); ++each)
    if (std::max(std::abs(each->number), std::abs((each + 1)->number)) <
        std::max(std::abs(nearest->number), std::abs((nearest + 1)->number)))
      nearest = each;
  const auto larger = nearest + 1;
  if (std::abs(larger->number) > std::abs(nearest->number)) {
    larger->count += nearest->count;
    buckets_.erase(nearest);
  } else {
    nearest->count += larger->count;
    buckets_.erase(larger);
  }
}

double sketch::at(double fraction) const {
  std::uint64_t total = 0;
  for (const auto& each : buckets_) total += each.count;
  const auto rank = static_cast<std::uint64_t>(std::ceil(fraction * static_cast<double>(total)));
  std::uint64_t below = 0;
  for (const auto& each : buckets_) {
    below += each.count;
    if (below >= rank && below != 0) return value_of(each.number);
  }
  return value_of(buckets_.back().number);
}

void sketch::save(series::snapshot_writer& to) const {
  to.put(static_cast<std::uint32_t>(buckets_.size()));
  for (const auto& each : buckets_) {
    to.put(each.number);
    to.put(each.count);
  }
}

void sketch::load(series::snapshot_reader& from) {
  const auto count = from.take<std::uint32_t>();
  for (std::uint32_t index = 0; index < count && from.is_good(); ++index) {
    const auto number = from.take<std::int32_t>();
    add_to(number, from.take<std::uint32_t>());
  }
}

}  // namespace tidegate::aggregate
