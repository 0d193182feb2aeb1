// How pipelines lead into each other.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config/gateway.hpp"

namespace tidegate::config {

// One pipeline that another reads: what comes out of its steps, or what a sink of it rejects.
struct upstream {
  std::size_t pipeline = 0;  // by its place in the configuration
  std::string rejected_by;   // the sink, or empty
};

// Of each pipeline, by its place. A sink that several pipelines write to stands there for each of them.
std::vector<std::vector<upstream>> upstreams_of(const std::vector<pipeline>& all);

// The places of all pipelines, each behind those that it reads. Those in a circle, and behind one, are left
// out; a checked configuration has none.
std::vector<std::size_t> flow_order(const std::vector<std::vector<upstream>>& of);

}  // namespace tidegate::config
