#include "read_plan.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace tidegate::modbus {
namespace {

bool joins(const read_request& before, const point& next, const read_limits& limits) {
  const auto end = std::uint32_t{before.address} + before.count;
  const auto longest = is_of_bits(next.table) ? bits_max : limits.registers_max;
  return next.table == before.table && next.address <= end + limits.gap_max &&
         std::max(end, next.end()) - before.address <= longest;
}

}  // namespace

std::string name_of(table of, std::uint32_t first, std::uint32_t count) {
  auto made = std::string{name_of(of)} + " " + std::to_string(first);
  return count == 1 ? made : made + " to " + std::to_string(first + count - 1);
}

std::string read_request::name() const { return name_of(table, address, count); }

std::vector<read_request> plan_reads(std::span<const point> points, const read_limits& limits) {
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tuple{points[a].table, points[a].address} < std::tuple{points[b].table, points[b].address};
  });
  std::vector<read_request> made;
  for (const auto index : order) {
    const auto& each = points[index];
    if (made.empty() || !joins(made.back(), each, limits)) made.push_back({each.table, each.address, 0, {}});
    auto& into = made.back();
    into.count = static_cast<std::uint16_t>(std::max<std::uint32_t>(into.count, each.end() - into.address));
    into.points.push_back(index);
  }
  return made;
}

}  // namespace tidegate::modbus
