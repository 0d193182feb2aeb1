#include "field_names.hpp"

namespace tidegate::aggregate {

std::uint32_t field_names::id_of(std::string_view name) {
  if (const auto known = ids_.find(name); known != ids_.end()) return known->second;
  if (names_.size() == count_max) return none;
  const auto id = static_cast<std::uint32_t>(names_.size());
  auto& made = names_.emplace_back(names{std::string{name}, {}});
  for (const auto& each : functions_.all()) made.results.push_back(made.own + "_" + each.name);
  ids_.emplace(made.own, id);
  return id;
}

}  // namespace tidegate::aggregate
