// What a gateway makes beforehand, so that a configuration with a fault changes nothing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "config/value.hpp"
#include "pipeline/gateway.hpp"

namespace tidegate::pipeline {

struct gateway::made_parts {
  struct sink_exchange {
    config::instance options;
    std::unique_ptr<plugin::instance> made;
  };
  // New, or in place of one that has to end first.
  std::map<std::string, std::unique_ptr<source_runner>> sources;
  // New.
  std::map<std::string, std::unique_ptr<sink_runner>> sinks;
  std::map<std::string, std::shared_ptr<processor_chain>> chains;
  // For runners that stay.
  std::map<std::string, sink_exchange> sink_exchanges;
  std::map<std::string, std::shared_ptr<processor_chain::steps_to_come>> step_exchanges;
  // Of all of them: see gateway::running_.
  config::identities identities;
  // Those of them that are as they were, but had failed for good.
  std::set<std::string> again;

  // Those that are to be started; an exchange goes on by the thread that there is.
  std::vector<std::string> without_threads() const {
    std::vector<std::string> names;
    for (const auto& [name, made] : sinks) names.push_back("sink " + name);
    for (const auto& [name, made] : chains) names.push_back("steps " + name);
    for (const auto& [name, made] : sources) names.push_back("source " + name);
    return names;
  }
};

// What an instance said, with the place of the option it spoke of.
inline void report(const config::instance& of, const plugin::result& result, config::diagnostics& said) {
  const auto path = result.option.empty() ? of.path : of.path + "." + result.option;
  said.error(config::position_of(of.options, result.option), path, result.text);
}

template <class Named>
const Named* named(const std::vector<Named>& all, const std::string& name) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Named& each) { return each.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace tidegate::pipeline
