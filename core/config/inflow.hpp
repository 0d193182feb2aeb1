// What comes into a pipeline, as far as a configuration says: what estimates begin with.
#pragma once

#include <string>
#include <vector>

#include "config/gateway.hpp"

namespace tidegate::config {

// In seconds; 0 if nobody knows.
double interval_of(const instance& source);

struct inflow {
  double samples_per_second = 0;     // of sources that are polled: a sample a poll
  std::vector<std::string> unknown;  // the other sources, and what sinks reject
  // All sources, also by way of other pipelines; one stands there for each way on which it comes.
  std::vector<std::string> sources;
  bool is_sifted = false;  // by conditions, or by steps of other pipelines: it may be less
};

// Of each pipeline of the gateway, and of one of them.
std::vector<inflow> inflows_of(const gateway& all);
inflow inflow_of(const pipeline& of, const gateway& all);

// "plc gives", "plc, bus give".
std::string givers(const std::vector<std::string>& sources);

// A number that is an estimate: "0.3", "56".
std::string about(double number);

}  // namespace tidegate::config
