// The log under random operations, errors and crashes. A failing seed is run again, with all that happened,
// by
//   TIDEGATE_SIMULATION=KIND:SEED build/dev/tests/unit/spool/test_spool_simulation
// and TIDEGATE_SEEDS=N runs N seeds of each kind.
#include "simulation.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <random>

namespace tidegate::spool {
namespace {

simulation::setup setup_of(const std::string& kind) {
  simulation::setup made;
  made.limits = kind.find("limits") != std::string::npos;
  made.errors = kind.find("errors") != std::string::npos;
  made.power_cuts = kind.find("kills") == std::string::npos;
  made.never = kind.find("never") != std::string::npos;
  made.turnover = kind.find("turnover") != std::string::npos;
  made.lanes = kind.find("lanes") != std::string::npos;
  made.steps = made.turnover ? 400 : 120;
  return made;
}

std::string run(const std::string& kind, std::uint64_t seed, std::vector<std::string>* trace = nullptr) {
  std::mt19937_64 random{seed};
  simulation one{setup_of(kind), [&](std::uint64_t below) { return random() % below; }};
  const auto wrong = one.run();
  if (trace != nullptr) *trace = one.trace();
  return wrong;
}

// 24,000 in all; a tenth where each costs ten times as much.
std::uint64_t seeds() {
  const char* given = std::getenv("TIDEGATE_SEEDS");
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr std::uint64_t usual = 200;
#else
  constexpr std::uint64_t usual = 2000;
#endif
  return given != nullptr ? std::strtoull(given, nullptr, 10) : usual;
}

class Simulation : public testing::TestWithParam<std::string> {};

TEST_P(Simulation, WhatWasAcceptedIsReadByEveryReader) {
  int failures = 0;
  for (std::uint64_t seed = 1; seed <= seeds() && failures < 5; ++seed) {
    const auto wrong = run(GetParam(), seed);
    if (wrong.empty()) continue;
    ++failures;
    ADD_FAILURE() << wrong << "; again: TIDEGATE_SIMULATION=" << GetParam() << ":" << seed
                  << " tests/unit/spool/test_spool_simulation";
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, Simulation,
                         testing::Values("cuts", "cuts_never", "kills_never", "cuts_errors",
                                         "kills_never_errors", "cuts_limits", "cuts_never_limits_errors",
                                         "cuts_turnover", "cuts_turnover_errors", "cuts_lanes",
                                         "cuts_lanes_limits", "kills_never_lanes_errors"),
                         [](const auto& each) { return each.param; });

// The one seed that is to be looked at.
TEST(SimulationAgain, OfOneSeed) {
  const char* given = std::getenv("TIDEGATE_SIMULATION");
  if (given == nullptr) return;
  const std::string text{given};
  const auto colon = text.find(':');
  std::vector<std::string> trace;
  const auto wrong = run(text.substr(0, colon), std::strtoull(text.c_str() + colon + 1, nullptr, 10), &trace);
  for (const auto& each : trace) std::printf("%s\n", each.c_str());
  EXPECT_EQ(wrong, "");
}

}  // namespace
}  // namespace tidegate::spool
