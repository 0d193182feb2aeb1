// What the sinks declare and document is what the host understands: schemas, samples and READMEs.
#include "aws_iot_http_sink.hpp"
#include "aws_iot_sink.hpp"
#include "codec/encoder.hpp"
#include "config/node.hpp"
#include "config/schema.hpp"
#include "config/yaml.hpp"
#include "console_writer.hpp"
#include "file_support.hpp"
#include "http_sink.hpp"
#include "mqtt_sink.hpp"
#include "null_sink.hpp"

namespace tidegate::testing {
namespace {

const std::string folder_of_sinks = TIDEGATE_SINKS;

config::schema schema_of(const component& info) {
  std::string problem;
  const auto schema =
      config::schema::parse(info.options, {{"encoding", std::string{codec::encoding_schema()}}}, problem);
  EXPECT_EQ(problem, "") << info.name;
  return schema;
}

// The first sink of a configuration, checked; its problems as text.
std::string problems_of(const component& info, const std::string& yaml) {
  config::diagnostics said;
  const auto root = config::parse_yaml(yaml, std::make_shared<const std::string>("sample"), said);
  if (root && root->find("sinks") != nullptr) {
    const auto& sink = root->find("sinks")->value.entries.at(0).value;
    EXPECT_EQ(sink.find("plugin")->value.text, info.name);
    schema_of(info).check(sink, "sink", {"plugin"}, said);
  } else {
    return "no sinks in it";
  }
  std::string all;
  for (const auto& each : said.sorted()) all += config::to_string(each) + "\n";
  return all;
}

std::string first_yaml_block(const std::string& page) {
  const std::string begin = "```yaml\n";
  const auto from = page.find(begin);
  if (from == std::string::npos) return {};
  return page.substr(from + begin.size(), page.find("```", from + 3) - from - begin.size());
}

// What a folder or a test is called; names of components have hyphens.
std::string with_underscores(std::string_view name) {
  std::string made{name};
  std::replace(made.begin(), made.end(), '-', '_');
  return made;
}

class SinkDocuments : public ::testing::TestWithParam<component> {};

TEST_P(SinkDocuments, AreAcceptedByTheSchema) {
  const auto& info = GetParam();
  const auto folder = folder_of_sinks + "/" + with_underscores(info.name);
  EXPECT_EQ(problems_of(info, content(folder + "/sample.yaml")), "");
  EXPECT_EQ(problems_of(info, first_yaml_block(content(folder + "/README.md"))), "");
}

INSTANTIATE_TEST_SUITE_P(Of, SinkDocuments,
                         ::testing::Values(file_sink::file_writer::info, console_sink::console_writer::info,
                                           null_sink::null_sink::info, mqtt::mqtt_sink::info,
                                           mqtt::aws_iot_sink::info, http::http_sink::info,
                                           http::aws_iot_http_sink::info),
                         [](const auto& instance) { return with_underscores(instance.param.name); });

TEST(SinkDocuments, ShowOptionsThatTheSchemaRefuses) {
  EXPECT_NE(problems_of(file_sink::file_writer::info,
                        "sinks: {a: {plugin: file, path: /x, acknowledge: write, fsync_interval: 1s}}"),
            "");
  EXPECT_NE(problems_of(file_sink::file_writer::info, "sinks: {a: {plugin: file}}"), "");
  EXPECT_NE(problems_of(file_sink::file_writer::info,
                        "sinks: {a: {plugin: file, path: /x, rotation: {max_size: 1KiB}}}"),
            "");
}

TEST(FileSinkWithTheHostsEncodings, WritesWhatItsPageShows) {
  const temporary_folder folder;
  testing::host host;
  host.set_encode(codec::encode_extension());
  host.set_utc(utc("2026-11-23 12:00:00"));
  file_settings settings;
  settings.path = folder / "%Y-%m-%d.ndjson";
  file_sink::file_writer sink{host.sink(), settings.options()};
  sink.start();
  batch_builder builder;
  const tag_view tags[] = {{"cpu", "total"}};
  builder.sample(builder.series("cpu", tags), utc("2026-11-23 12:00:00"))
      .field("usage", 12.3)
      .field("cores", std::uint64_t{4});
  const delivery one{builder};
  sink.write(host.offer(one));
  const auto line = content(folder / "2026-11-23.ndjson");
  EXPECT_NE(content(folder_of_sinks + "/file/README.md").find("```json\n" + line + "```"), std::string::npos)
      << line;
}

TEST(FileSinkWithTheHostsEncodings, BeginsEachCsvFileWithTheHeader) {
  const temporary_folder folder;
  testing::host host;
  host.set_encode(codec::encode_extension());
  const auto options = options_of({{"path", folder / "x.csv"},
                                   {"zone", "utc"},
                                   {"acknowledge", "write"},
                                   {"rotation", map({{"max_size", 40}})},
                                   {"compress", "none"},
                                   {"mode", "0640"},
                                   {"encoding", map({{"type", "csv"}, {"columns", list({"time", "n"})}})}});
  file_sink::file_writer sink{host.sink(), options.options()};
  sink.start();
  std::deque<delivery> all;
  for (std::int64_t n = 1; n <= 2; ++n) {
    batch_builder builder;
    builder.sample(builder.series("test"), 0).field("n", n);
    sink.write(host.offer(all.emplace_back(builder, static_cast<std::uint64_t>(n))));
  }
  EXPECT_EQ(content(folder / "x.csv"), "time,n\n1970-01-01T00:00:00.000Z,2\n");
  EXPECT_EQ(content(folder / "x.20200101T000000Z.csv"), "time,n\n1970-01-01T00:00:00.000Z,1\n");
}

}  // namespace
}  // namespace tidegate::testing
