// The spool's simulator, with its decisions taken from the input: what libFuzzer finds is a sequence of
// operations, errors and crashes after which something that was accepted is not read.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "simulation.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tidegate::spool::simulation;
  if (size < 8) return 0;
  simulation::setup setup;
  setup.limits = (data[0] & 1) != 0;
  setup.errors = (data[0] & 2) != 0;
  setup.power_cuts = (data[0] & 4) != 0 || setup.limits;
  setup.never = (data[0] & 8) != 0;
  setup.steps = 100;
  std::size_t next = 1;
  // Two bytes a decision; behind the end of the input the first ones again, shifted.
  const auto draw = [&](std::uint64_t below) {
    const auto at = [&](std::size_t index) { return std::uint64_t{data[index % size]} + index / size * 37; };
    const auto value = at(next) * 256 + at(next + 1) + (below > 65536 ? at(next + 2) << 20 : 0);
    next += 2;
    return value % below;
  };
  simulation one{setup, draw};
  const auto wrong = one.run();
  if (wrong.empty()) return 0;
  for (const auto& line : one.trace()) std::fprintf(stderr, "%s\n", line.c_str());
  std::fprintf(stderr, "%s\n", wrong.c_str());
  std::abort();
}
