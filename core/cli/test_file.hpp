// A file of tests for pipelines: what goes in, what happens meanwhile, what is expected where.
//
//   configuration: gateway.yaml
//   tests:
//     - name: small changes are not sent
//       begin: "2026-01-01T00:00:00Z"
//       steps:
//         - give: plc
//           samples: [{fields: {temperature: 21.5}}]
//         - wait: 10s
//         - away: aws
//         - back: aws
//         - refuse: aws
//           when: {name: plc}
//           because: too old
//         - expect: sinks.aws
//           samples: [{name: plc, fields: {temperature: 21.5}}]
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/written_sample.hpp"
#include "config/condition.hpp"
#include "config/diagnostics.hpp"
#include "config/gateway.hpp"

namespace tidegate::cli {

struct test_step {
  enum class kind { give, wait, away, back, refuse, expect };
  kind is = kind::wait;
  config::position where;
  std::string path;    // "tests[0].steps[2]"
  std::string target;  // a source, a sink, or a point
  std::int64_t duration = 0;
  std::vector<written_sample> samples;
  std::vector<config::condition> when;
  std::string because;
};

struct pipeline_test {
  std::string name;
  std::int64_t begin = 0;  // nanoseconds since 1970
  std::vector<test_step> steps;
};

struct test_file {
  std::string name;
  std::vector<std::filesystem::path> configuration;
  std::vector<pipeline_test> tests;
};

// What is wrong with it goes to `said`.
test_file read_tests(const std::filesystem::path& file, config::diagnostics& said);

// Whether the sources, sinks and points that are named are there.
void check_targets(const test_file& tests, const config::gateway& configuration, config::diagnostics& said);

}  // namespace tidegate::cli
