#include "observe/metrics.hpp"

#include <algorithm>

namespace tidegate::observe {

static bool is_metric_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

metric* metrics::make(const std::string& instance, metric_kind kind, std::string_view name,
                      std::string_view help) {
  if (!is_metric_name(name)) return nullptr;
  const std::lock_guard lock{mutex_};
  auto& own = all_[instance];
  if (const auto known = own.find(name); known != own.end())
    return known->second->value.kind() == kind ? &known->second->value : nullptr;
  if (own.size() >= per_instance_max) return nullptr;
  auto& made = own[std::string{name}];
  made = std::make_unique<entry>(kind, std::string{help});
  return &made->value;
}

void metrics::visit(const visitor& visit) const {
  const std::lock_guard lock{mutex_};
  for (const auto& [instance, own] : all_)
    for (const auto& [name, made] : own) visit(instance, name, made->help, made->value);
}

}  // namespace tidegate::observe
