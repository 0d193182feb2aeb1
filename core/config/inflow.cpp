#include "config/inflow.hpp"

#include <algorithm>
#include <cstdio>

#include "config/message.hpp"

namespace tidegate::config {

double interval_of(const instance& source) {
  return source.interval ? static_cast<double>(source.interval->count()) / 1e9 : 0;
}

inflow inflow_of(const pipeline& of, const gateway& all) {
  inflow made;
  for (const auto& name : of.from) {
    const auto source = std::find_if(all.sources.begin(), all.sources.end(),
                                     [&](const auto& each) { return each.name == name; });
    if (source == all.sources.end()) continue;
    if (interval_of(*source) > 0)
      made.samples_per_second += 1 / interval_of(*source);
    else
      made.unknown.push_back(name);
  }
  return made;
}

std::string givers(const std::vector<std::string>& sources) {
  return listed(sources) + (sources.size() == 1 ? " gives" : " give");
}

std::string about(double number) {
  char text[32];
  std::snprintf(text, sizeof text, number < 10 ? "%.2g" : "%.0f", number);
  return text;
}

}  // namespace tidegate::config
