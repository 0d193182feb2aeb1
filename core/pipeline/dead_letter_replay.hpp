// Puts dead letters back before the sink that refused them, while no gateway runs: when what they were
// refused for has been mended there.
#pragma once

#include <cstdint>
#include <string>

#include "observe/clock.hpp"
#include "observe/log.hpp"
#include "spool/folder.hpp"
#include "spool/inspect.hpp"

namespace tidegate::pipeline {

// A route of a spool that was looked at. All outlives the call.
struct route_place {
  spool::folder& files;
  const spool::inspection& seen;
  const spool::inspected_route& route;
};

struct replayed {
  std::uint64_t samples = 0;  // that wait for the sink again
  std::string problem;        // why it was not done, or not to the end; empty if it was
};

// From the dead letters of a route to the route itself. The samples become the newest of their pipeline; its
// other sinks, which have had them, count them as delivered. A crash in between, or a problem, may offer some
// twice, to other sinks as well, and loses none. The caller holds the lock of both.
replayed replay(const route_place& letters, const route_place& to, const observe::clock& clock,
                observe::log& say);

}  // namespace tidegate::pipeline
