#include "config/inflow.hpp"

#include <algorithm>
#include <cstdio>

#include "config/flow_order.hpp"
#include "config/message.hpp"

namespace tidegate::config {

double interval_of(const instance& source) {
  return source.interval ? static_cast<double>(source.interval->count()) / 1e9 : 0;
}

static void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

static inflow from_sources(const pipeline& of, const gateway& all) {
  inflow made;
  for (const auto& name : of.from) {
    const auto source = std::find_if(all.sources.begin(), all.sources.end(),
                                     [&](const auto& each) { return each.name == name; });
    if (source == all.sources.end()) continue;
    made.sources.push_back(name);
    if (interval_of(*source) > 0)
      made.samples_per_second += 1 / interval_of(*source);
    else
      made.unknown.push_back(name);
  }
  return made;
}

std::vector<inflow> inflows_of(const gateway& all) {
  const auto upstreams = upstreams_of(all.pipelines);
  std::vector<inflow> made(all.pipelines.size());
  for (const auto place : flow_order(upstreams)) {
    const auto& pipeline = all.pipelines[place];
    auto& into = made[place] = from_sources(pipeline, all);
    for (const auto& name : pipeline.from_rejected) add_once(into.unknown, name + ".rejected");
    into.is_sifted = !pipeline.when.empty();
    for (const auto& each : upstreams[place]) {
      if (!each.rejected_by.empty()) continue;
      const auto& from = made[each.pipeline];
      into.samples_per_second += from.samples_per_second;
      into.is_sifted = into.is_sifted || from.is_sifted || !all.pipelines[each.pipeline].process.empty();
      into.sources.insert(into.sources.end(), from.sources.begin(), from.sources.end());
      for (const auto& name : from.unknown) add_once(into.unknown, name);
    }
  }
  return made;
}

inflow inflow_of(const pipeline& of, const gateway& all) {
  return inflows_of(all)[static_cast<std::size_t>(&of - all.pipelines.data())];
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
