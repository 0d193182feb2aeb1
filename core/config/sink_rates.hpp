// Whether what comes in is more than a sink lets itself send: estimates, as far as a configuration says how
// much comes in.
//
// A sink that has such limits declares them by names that mean the same in every sink (sdk/OPTIONS.md):
// limits.messages_per_second, limits.bytes_per_second, samples_per_message. No more is known of it here.
#pragma once

#include <string>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/gateway.hpp"

namespace tidegate::config {

// One line for each sink that has limits:
//
//   sink aws: at about 0.3 samples/s, 0.3 of 100 messages/s and 60B of 512KiB/s are used
//
// Messages are counted as full: while more comes in than may be sent, samples wait, and fill them. That is
// the least, since samples for different topics do not share one.
std::vector<std::string> rate_lines(const gateway& of);

// Warns where a limit cannot be kept in the long run. What goes through steps is not counted, since they may
// let less through.
void warn_of_rates(const gateway& of, diagnostics& said);

}  // namespace tidegate::config
