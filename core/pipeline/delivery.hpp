// A sink's routes and deliveries: what sink_runner.cpp, which makes them, and sink_answers.cpp, which ends
// them, both know.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/backlog.hpp"
#include "pipeline/sink_runner.hpp"
#include "tidegate/abi.h"

namespace tidegate::pipeline {

struct sink_runner::route {
  std::string pipeline;
  std::string name;  // "telemetry -> aws"
  std::shared_ptr<backlog> waiting;
  dead_letters* rejected = nullptr;
  std::atomic<bool> was_away{true};  // the sink, from an outage or the start until this is taken note of
  // The strand's own. From an outage, or the start, until nothing of what has piled up waits any more.
  bool catches_up = false;
  bool is_split = false;  // what waits, for an instance that is live_first, or was
  int live_in_a_row = 0;  // deliveries
  std::atomic<std::uint64_t> possible_duplicates{0};
};

// In flight from when it is handed over until what its answer means has been done: whoever takes the
// answer has the flight to himself until then.
struct sink_runner::flight {
  route* from = nullptr;
  std::vector<part> parts;
  std::vector<tidegate_slice> slices;
  tidegate_delivery raw{};
  bool answered = false;
};

struct sink_runner::burial {
  route* from = nullptr;
  std::vector<part> parts;
  std::string reason;

  // While a branch takes the next of them: which these are, the copy that it gets, what it lets go when it
  // has them safe, and how many of those that read it have the copy.
  std::vector<part> under_way;
  batch_ref copy;
  std::shared_ptr<handed_on::claim> claim;  // of a durable route
  inlets to;
  std::size_t given = 0;
};

}  // namespace tidegate::pipeline
