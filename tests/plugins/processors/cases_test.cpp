// Cases as folders: what comes in, and what a step makes of it.
//
//   cases/<plugin>/<case>/config.yaml      the step, as it stands in `process:`
//                         input.ndjson     samples, a line each, times in milliseconds; an empty line ends a
//                         batch expected.ndjson  what came out, and then what was counted and logged
//
// In input, a line may also be `# advance 10s`, `# restart`, `# no memory` or `# empty`; and numbers are nan,
// -nan, inf, -inf, and 5u for an unsigned one. A case without input is a configuration that is refused.
//
// With TIDEGATE_WRITE_CASES=1 the expected files are written, to be looked at before they are committed.
#include <gtest/gtest.h>

#include "case_run.hpp"

namespace tidegate::testing {
namespace {

namespace files = std::filesystem;

std::vector<std::string> all_cases() {
  std::vector<std::string> names;
  for (const auto& plugin : files::directory_iterator{CASES})
    for (const auto& each : files::directory_iterator{plugin.path()})
      names.push_back(plugin.path().filename().string() + "/" + each.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

class ProcessorCase : public ::testing::TestWithParam<std::string> {};

TEST_P(ProcessorCase, ComesOutAsExpected) {
  const files::path folder = files::path{CASES} / GetParam();
  const case_run run{content_of(folder / "config.yaml"), content_of(folder / "input.ndjson")};
  if (::getenv("TIDEGATE_WRITE_CASES") != nullptr) std::ofstream{folder / "expected.ndjson"} << run.text();
  EXPECT_EQ(run.text(), content_of(folder / "expected.ndjson")) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Of, ProcessorCase, ::testing::ValuesIn(all_cases()), [](const auto& instance) {
  auto name = instance.param;
  for (auto& c : name)
    if (c == '/' || c == '-') c = '_';
  return name;
});

}  // namespace
}  // namespace tidegate::testing
