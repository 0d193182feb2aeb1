// Removes samples that wait for a route, for good, while no gateway runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "observe/clock.hpp"
#include "observe/log.hpp"
#include "spool/folder.hpp"
#include "spool/inspect.hpp"

namespace tidegate::spool {

// The runs of numbers that wait for the route, and of these the samples that are older than `before` (UTC):
// what cannot be read is not among them then, since nobody knows how old it is.
std::vector<number_range> waiting_numbers(const inspection& in, const inspected_route& route,
                                          std::optional<std::int64_t> before);

struct dropped {
  std::uint64_t samples = 0;
  std::uint64_t waiting = 0;  // what is left
  std::string problem;        // why nothing was removed; empty if it was
};

// Discards the runs of that route as `removed`. On return, without a problem, that is on the disk. The caller
// holds the spool's lock. The settings of the gateway are not needed: no file is made unless there is no
// other way to write, and none of another size.
dropped drop(folder& files, const inspection& in, const inspected_route& route,
             const std::vector<number_range>& runs, const observe::clock& clock, observe::log& say);

}  // namespace tidegate::spool
