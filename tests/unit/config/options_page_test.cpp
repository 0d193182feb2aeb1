// sdk/OPTIONS.md is what authors copy from: its examples are checked as they stand there.
#include <sstream>

#include "support.hpp"

namespace tidegate::config {
namespace {

std::string page() {
  std::ifstream file{TIDEGATE_SOURCE_FOLDER "/sdk/OPTIONS.md"};
  std::stringstream all;
  all << file.rdbuf();
  return all.str();
}

// The nth text in a fence of this kind ("json", "yaml", "").
std::string fenced(const std::string& kind, int number) {
  const auto text = page();
  const auto open = "\n```" + kind + "\n";
  auto at = text.find(open);
  for (; number > 0; --number) at = text.find(open, at + 1);
  at += open.size();
  return text.substr(at, text.find("```", at) - at);
}

const std::vector<std::pair<std::string, std::string>> references{
    {"tidegate:encoding", R"({"properties": {"type": {"type": "string"}}})"}};

outcome check_meter(std::string yaml) {
  std::string problem;
  fake_components components;
  const auto meter = schema::parse(fenced("json", 0), references, problem);
  EXPECT_EQ(problem, "");
  components.offered.push_back({component_kind::source, "meter", "", meter, {.polled = true}});
  diagnostics said;
  yaml += "sinks: {b: {plugin: console}}\npipelines: {c: {from: meter, to: b}}\n";
  auto made = check(load_text(yaml, "gateway.yaml", said), components, said);
  return {std::move(made), messages(said)};
}

TEST(OptionsPage, HasAnExampleThatFits) {
  const folder credentials;
  credentials.write("meter", "hunter2\n");
  const variable set{"CREDENTIALS_DIRECTORY", credentials.path().c_str()};
  const auto got = check_meter(fenced("yaml", 0));
  EXPECT_EQ(got.said, lines{});
  ASSERT_TRUE(got.made);
  EXPECT_EQ(got.made->sources[0].options.find("timeout")->integer(), 1'500'000'000);
  EXPECT_EQ(got.made->sources[0].options.find("password")->text(), "hunter2");
}

TEST(OptionsPage, ShowsTheMessagesOfMistakes) {
  EXPECT_EQ(
      check_meter(
          "sources:\n  meter:\n    plugin: meter\n    device: ttyUSB0\n    baudrate: 19200\n    timeout: 5\n")
          .said,
      (lines{"gateway.yaml:5:5: error: sources.meter.baudrate: unknown option; did you mean 'baud'?",
             "gateway.yaml:6:14: error: sources.meter.timeout: must be a duration such as 500ms; this is "
             "'5': the "
             "unit is missing (write 5s?)"}));
  for (const auto& line : check_meter("sources:\n  meter:\n    plugin: meter\n    device: ttyUSB0\n    "
                                      "baudrate: 19200\n    timeout: 5\n")
                              .said)
    EXPECT_NE(page().find(line), std::string::npos) << line;
}

TEST(OptionsPage, ShowsHowTheHostsOptionsAreDeclared) {
  std::string problem;
  EXPECT_TRUE(schema::parse(fenced("json", 1), references, problem).has("batch"));
  EXPECT_EQ(problem, "");
}

}  // namespace
}  // namespace tidegate::config
