// What the sources declare and document is what the host understands: schemas, samples and READMEs.
#include <gtest/gtest.h>

#include "codec/format/format.hpp"
#include "codec/framing/framing.hpp"
#include "config/node.hpp"
#include "config/schema.hpp"
#include "config/yaml.hpp"
#include "cpu_source.hpp"
#include "file_source.hpp"
#include "generate_source.hpp"
#include "made_up_folder.hpp"
#include "memory_source.hpp"
#include "modbus_source.hpp"
#include "serial_source.hpp"
#include "socket_source.hpp"

namespace tidegate::testing {
namespace {

config::schema schema_of(const component& info) {
  std::string problem;
  const auto schema = config::schema::parse(
      info.options,
      {{"framing", std::string{codec::framing_schema()}}, {"format", std::string{codec::format_schema()}}},
      problem);
  EXPECT_EQ(problem, "") << info.name;
  return schema;
}

// The first source of a configuration, checked; its problems as text.
std::string problems_of(const component& info, const std::string& yaml) {
  config::diagnostics said;
  const auto root = config::parse_yaml(yaml, std::make_shared<const std::string>("page"), said);
  if (!root || root->find("sources") == nullptr) return "no sources in it";
  const auto& source = root->find("sources")->value.entries.at(0).value;
  EXPECT_EQ(source.find("plugin")->value.text, info.name);
  schema_of(info).check(source, "source", {"plugin"}, said);
  std::string all;
  for (const auto& each : said.sorted()) all += config::to_string(each) + "\n";
  return all;
}

std::string first_block(const std::string& page, const std::string& language) {
  const auto begin = "```" + language + "\n";
  const auto from = page.find(begin);
  if (from == std::string::npos) return {};
  return page.substr(from + begin.size(), page.find("```", from + 3) - from - begin.size());
}

class SourceDocuments : public ::testing::TestWithParam<component> {
 protected:
  std::string file(const std::string& name) const {
    return content_of(std::filesystem::path{TIDEGATE_SOURCES} / GetParam().name / name);
  }
};

TEST_P(SourceDocuments, SampleAndPageAreAcceptedByTheSchema) {
  EXPECT_EQ(problems_of(GetParam(), file("sample.yaml")), "");
  EXPECT_EQ(problems_of(GetParam(), first_block(file("README.md"), "yaml")), "");
}

// The page says "these are the defaults".
TEST_P(SourceDocuments, ThePageShowsEveryOptionWithItsDefault) {
  config::diagnostics said;
  const auto name = std::make_shared<const std::string>("page");
  const auto page = config::parse_yaml(first_block(file("README.md"), "yaml"), name, said);
  const auto schema = config::parse_yaml(std::string{GetParam().options}, name, said);
  ASSERT_TRUE(page && schema);
  const auto& shown = page->find("sources")->value.entries.at(0).value;
  const auto& options = schema->find("properties")->value.entries;
  for (const auto& option : options) {
    const auto* line = shown.find(option.key);
    ASSERT_NE(line, nullptr) << option.key;
    EXPECT_EQ(line->value.text, option.value.find("default")->value.text) << option.key;
  }
  EXPECT_EQ(shown.entries.size(), options.size() + 1);  // and `plugin`
}

// Not all of its options have a default that could be shown.
TEST(SourceDocuments, TheSampleAndThePageOfSerialAreAcceptedByTheSchema) {
  const auto& info = serial::serial_source::info;
  const std::filesystem::path folder = std::filesystem::path{TIDEGATE_SOURCES} / "serial";
  EXPECT_EQ(problems_of(info, content_of(folder / "sample.yaml")), "");
  EXPECT_EQ(problems_of(info, first_block(content_of(folder / "README.md"), "yaml")), "");
}

INSTANTIATE_TEST_SUITE_P(Of, SourceDocuments,
                         ::testing::Values(cpu::cpu_source::info, memory::memory_source::info,
                                           generate::generate_source::info),
                         [](const auto& instance) { return std::string{instance.param.name}; });

// What has to be told where its data are has no page of defaults.
class SourcesOfBytes : public SourceDocuments {};

TEST_P(SourcesOfBytes, SampleAndPageAreAcceptedByTheSchema) {
  EXPECT_EQ(problems_of(GetParam(), file("sample.yaml")), "");
  EXPECT_EQ(problems_of(GetParam(), first_block(file("README.md"), "yaml")), "");
}

TEST_P(SourcesOfBytes, ThePageNamesEveryOption) {
  config::diagnostics said;
  const auto schema = config::parse_yaml(std::string{GetParam().options},
                                         std::make_shared<const std::string>("schema"), said);
  ASSERT_TRUE(schema);
  const auto page = file("README.md");
  for (const auto& option : schema->find("properties")->value.entries)
    EXPECT_NE(page.find(option.key + ": "), std::string::npos) << option.key;
}

INSTANTIATE_TEST_SUITE_P(Of, SourcesOfBytes,
                         ::testing::Values(file_source::file_source::info, modbus::modbus_source::info,
                                           socket_source::socket_source::info),
                         [](const auto& instance) { return std::string{instance.param.name}; });

TEST(SourceDocuments, AnOptionThatDoesNotExistIsNotAccepted) {
  EXPECT_NE(problems_of(cpu::cpu_source::info, "sources:\n  cpu: {plugin: cpu, per_cpu: true}\n"), "");
}

}  // namespace
}  // namespace tidegate::testing
