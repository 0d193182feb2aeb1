// What the steps' pages show is what the host accepts and what the steps do.
#include <gtest/gtest.h>

#include "case_run.hpp"

namespace tidegate::testing {
namespace {

namespace files = std::filesystem;

std::vector<std::string> blocks_of(const std::string& page, const std::string& language) {
  std::vector<std::string> all;
  const auto begin = "```" + language + "\n";
  for (auto at = page.find(begin); at != std::string::npos; at = page.find(begin, at)) {
    at += begin.size();
    all.push_back(page.substr(at, page.find("```", at) - at));
  }
  return all;
}

// The only step of "process:\n  - plugin: ...".
std::string step_of(const std::string& block) {
  const std::string begin = "process:\n  - ";
  if (!block.starts_with(begin)) return {};
  std::string step;
  std::istringstream lines{"    " + block.substr(begin.size())};
  for (std::string line; std::getline(lines, line);) step += (line.size() > 4 ? line.substr(4) : "") + "\n";
  return step;
}

std::vector<std::string> all_steps() {
  std::vector<std::string> names;
  for (const auto& folder : files::directory_iterator{PROCESSORS})
    names.push_back(folder.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

class ProcessorDocuments : public ::testing::TestWithParam<std::string> {
 protected:
  files::path folder() const { return files::path{PROCESSORS} / GetParam(); }
  std::string page() const { return content_of(folder() / "README.md"); }
};

TEST_P(ProcessorDocuments, TheSampleIsAcceptedByCheck) {
  config::diagnostics said;
  plugin::catalogue catalogue{{PLUGINS}};
  const auto document = config::load({folder() / "sample.yaml"}, said);
  EXPECT_TRUE(config::check(document, catalogue, said));
  for (const auto& each : said.sorted()) ADD_FAILURE() << config::to_string(each);
}

TEST_P(ProcessorDocuments, EveryStepOnThePageIsAccepted) {
  const auto blocks = blocks_of(page(), "yaml");
  ASSERT_FALSE(blocks.empty());
  for (const auto& block : blocks) {
    const driver step{step_of(block)};
    EXPECT_TRUE(step.works()) << block;
    for (const auto& problem : step.problems()) ADD_FAILURE() << problem;
  }
}

TEST_P(ProcessorDocuments, ThePageNamesEveryOption) {
  plugin::catalogue catalogue{{PLUGINS}};
  ASSERT_NE(catalogue.find(config::component_kind::processor, GetParam()).options, nullptr);
  const auto* found = catalogue.get(config::component_kind::processor, GetParam());
  std::istringstream lines{found->schema.sample()};
  const auto text = page();
  for (std::string line; std::getline(lines, line);) {
    const auto from = line.find_first_not_of(" #");
    const auto name = line.substr(from, line.find(':') - from);
    EXPECT_NE(text.find(name + ": "), std::string::npos) << name;
  }
}

// The last step of the page, what comes in, and what goes on.
TEST_P(ProcessorDocuments, TheExampleIsWhatTheStepDoes) {
  const auto steps = blocks_of(page(), "yaml");
  const auto samples = blocks_of(page(), "json");
  ASSERT_EQ(samples.size(), 2u) << "what comes in, and what goes on";
  EXPECT_EQ(case_run(step_of(steps.back()), samples[0]).samples(), samples[1]);
}

INSTANTIATE_TEST_SUITE_P(Of, ProcessorDocuments, ::testing::ValuesIn(all_steps()),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace tidegate::testing
