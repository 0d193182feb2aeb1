// What the limits of buffers on disk mean in time, and what they cost the flash memory: estimates, as far as
// a configuration says how much comes in.
#pragma once

#include <string>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/gateway.hpp"

namespace tidegate::config {

// One line for each route that is durable, and one for the spool if it can be said what is written to it:
//
//   pipeline telemetry -> aws: at about 0.3 samples/s, 64MiB last about 4 days offline
//   spool /var/lib/tidegate/spool: about 71 MB a day are written
//
// Where samples are few, what is written is not their size: each commit takes a block of 4 KiB at least.
//
// Only polled sources say how often they give samples. None if no pipeline is durable.
std::vector<std::string> endurance_lines(const gateway& of);

// Warns where more is written a day than spool.daily_write_budget.
void warn_of_wear(const gateway& of, const value* spool, diagnostics& said);

}  // namespace tidegate::config
