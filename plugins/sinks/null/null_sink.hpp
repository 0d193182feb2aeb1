// The sink `null`: acknowledges every sample and drops it.
#pragma once

#include "tidegate/plugin.hpp"

namespace tidegate::null_sink {

class null_sink {
 public:
  static constexpr component info{.name = "null", .summary = "Acknowledges every sample and drops it."};

  null_sink(sink_host host, const options&)
      : dropped_{host.counter("dropped_samples_total", "Samples that were taken and dropped.")} {}

  void write(delivery samples) {
    dropped_.add(samples.size());
    samples.delivered();
  }

 private:
  const metric dropped_;
};

}  // namespace tidegate::null_sink
