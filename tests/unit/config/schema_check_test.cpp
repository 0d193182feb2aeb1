#include "config/option.hpp"
#include "config/yaml.hpp"
#include "support.hpp"

namespace tidegate::config {
namespace {

struct result {
  value made;
  lines said;
};

// The options that stand in `yaml`, a map in the file dir/f.
result check_options(const std::string& json, const std::string& yaml, const lines& except = {}) {
  diagnostics said;
  const auto tree = parse_yaml(yaml, std::make_shared<const std::string>("/dir/f"), said);
  auto made = parsed(json).check(*tree, "s", except, said);
  return {std::move(made), messages(said)};
}

// The option x alone.
result check_x(const std::string& option, const std::string& yaml) {
  auto got = check_options(R"({"properties": {"x": )" + option + "}}", "x: " + yaml);
  if (const auto* x = got.made.find("x")) got.made = value{*x};
  return got;
}

std::string shown_x(const std::string& option, const std::string& yaml) {
  const auto got = check_x(option, yaml);
  return got.said.empty() ? to_display(got.made) : got.said[0];
}

TEST(Check, ReadsEachType) {
  EXPECT_EQ(shown_x(R"({"type": "integer"})", "0x10"), "16");
  EXPECT_EQ(shown_x(R"({"type": "number"})", "5"), "5");
  EXPECT_TRUE(std::holds_alternative<double>(check_x(R"({"type": "number"})", "5").made.data));
  EXPECT_EQ(shown_x(R"({"type": "boolean"})", "true"), "true");
  EXPECT_EQ(shown_x(R"({"type": "array", "items": {"type": "integer"}})", "[1, 2]"), "[1, 2]");
  EXPECT_EQ(shown_x(R"({"properties": {"y": {"type": "string"}}})", "{y: a}"), "{y: 'a'}");
  EXPECT_EQ(shown_x(R"({"additionalProperties": {"type": "integer"}})", "{b: 1, a: 2}"), "{b: 1, a: 2}");
}

TEST(Check, TakesUnquotedScalarsForStringsAsWritten) {
  for (const auto* text : {"1234", "010", "1.50", "true", "yes", "2026-01-01"})
    EXPECT_EQ(shown_x(R"({"type": "string"})", text), "'" + std::string{text} + "'");
}

TEST(Check, TakesNoQuotedTextForANumber) {
  EXPECT_EQ(shown_x(R"({"type": "integer"})", "\"5\""),
            "/dir/f:1:4: error: s.x: must be an integer such as 10; this is the quoted text \"5\"; remove "
            "the quotes");
  EXPECT_EQ(
      shown_x(R"({"type": "boolean"})", "'true'"),
      "/dir/f:1:4: error: s.x: must be true or false; this is the quoted text \"true\"; remove the quotes");
}

TEST(Check, ChoosesAmongSeveralTypesByHowAValueIsWritten) {
  const std::string any = R"({"type": ["string", "integer", "boolean"]})";
  EXPECT_EQ(shown_x(any, "5"), "5");
  EXPECT_EQ(shown_x(any, "'5'"), "'5'");
  EXPECT_EQ(shown_x(any, "true"), "true");
  const std::string text_or_map =
      R"({"type": ["string", "object"], "properties": {"y": {"type": "integer"}}})";
  EXPECT_EQ(shown_x(text_or_map, "a"), "'a'");
  EXPECT_EQ(shown_x(text_or_map, "{y: 1}"), "{y: 1}");
  EXPECT_EQ(shown_x(text_or_map, "[a]"),
            "/dir/f:1:1: error: s.x: must be a text or a map such as text; this is a list");
}

TEST(Check, TurnsUnitsIntoNanosecondsAndBytes) {
  EXPECT_EQ(shown_x(R"({"type": "string", "unit": "duration"})", "1m30s"), "90000000000");
  EXPECT_EQ(shown_x(R"({"type": "string", "unit": "duration"})", "'5ms'"), "5000000");
  EXPECT_EQ(shown_x(R"({"type": "string", "unit": "duration"})", "0"), "0");
  EXPECT_EQ(shown_x(R"({"type": "string", "unit": "size"})", "64KiB"), "65536");
}

TEST(Check, ResolvesPathsAgainstTheFolderOfTheFile) {
  const std::string path = R"({"type": "string", "unit": "path"})";
  EXPECT_EQ(shown_x(path, "out.ndjson"), "'/dir/out.ndjson'");
  EXPECT_EQ(shown_x(path, "./a//b"), "'/dir/a/b'");
  EXPECT_EQ(shown_x(path, "../b"), "'/dir/../b'") << "a link may stand before the dots";
  EXPECT_EQ(shown_x(path, "/var/./x"), "'/var/./x'");
  EXPECT_EQ(shown_x(path, "''"), "/dir/f:1:4: error: s.x: must be a path such as /path/to/it; this is empty");
  const auto got =
      check_options(R"({"properties": {"x": {"type": "string", "unit": "path", "default": "here"}}})", "{}");
  EXPECT_EQ(to_display(got.made), "{x: '/dir/here'}");
}

TEST(Check, FillsInDefaults) {
  const auto got = check_options(R"({"properties": {
      "a": {"type": "string", "unit": "duration", "default": "5s"}, "b": {"type": "string"},
      "c": {"properties": {"d": {"type": "integer", "default": 1}}, "default": {}},
      "e": {"properties": {"f": {"type": "integer", "default": 1}}}}})",
                                 "{}");
  EXPECT_EQ(got.said, lines{});
  EXPECT_EQ(to_display(got.made), "{a: 5000000000, b: null, c: {d: 1}, e: null}");
  EXPECT_EQ(to_string(got.made.find("a")->where), "(default)");
}

TEST(Check, ExpandsReferencesInTheFileButNotInDefaults) {
  const variable set{"TIDEGATE_TEST", "8080"};
  EXPECT_EQ(shown_x(R"({"type": "integer"})", "${env:TIDEGATE_TEST}"), "8080");
  EXPECT_EQ(shown_x(R"({"type": "string"})", "\"a-${env:TIDEGATE_TEST}\""), "'a-8080'");
  EXPECT_EQ(shown_x(R"({"type": "integer"})", "'${env:TIDEGATE_TEST}'")
                .find("/dir/f:1:4: error: s.x: must be an integer"),
            0u);
  const auto got =
      check_options(R"({"properties": {"x": {"type": "string", "default": "${env:TIDEGATE_TEST}"}}})", "{}");
  EXPECT_EQ(to_display(got.made), "{x: '${env:TIDEGATE_TEST}'}");
}

TEST(Check, ReportsEveryMistakeOnce) {
  const auto got = check_options(R"({"properties": {"path": {"type": "string", "required": true},
      "count": {"type": "integer", "minimum": 1}, "name": {"type": "string", "required": true}}})",
                                 "pth: x\ncount: 0\nmore: 1\n");
  EXPECT_EQ(got.said,
            (lines{"/dir/f:1:1: error: s.pth: unknown option; did you mean 'path'?",
                   "/dir/f:1:1: error: s.name: is required but missing; add it, such as 'name: text'",
                   "/dir/f:2:8: error: s.count: must be at least 1; this is 0",
                   "/dir/f:3:1: error: s.more: unknown option; known are: path, count, name"}));
}

TEST(Check, SkipsWhatSomebodyElseLooksAt) {
  EXPECT_EQ(
      check_options(R"({"properties": {"x": {"type": "string"}}})", "{plugin: cpu, x: a}", {"plugin"}).said,
      lines{});
  EXPECT_EQ(check_options(R"({"properties": {}})", "{plugn: cpu}", {"plugin"}).said,
            lines{"/dir/f:1:2: error: s.plugn: unknown option; did you mean 'plugin'?"});
}

TEST(Check, KeepsToLimits) {
  const std::string duration = R"({"type": "string", "unit": "duration", "minimum": "1s", "maximum": "1h"})";
  EXPECT_EQ(shown_x(duration, "1s"), "1000000000");
  EXPECT_EQ(shown_x(duration, "1h"), "3600000000000");
  EXPECT_EQ(shown_x(duration, "999ms"), "/dir/f:1:4: error: s.x: must be at least 1s; this is 999ms");
  EXPECT_EQ(shown_x(duration, "61m"), "/dir/f:1:4: error: s.x: must be at most 1h; this is 61m");
  EXPECT_EQ(shown_x(R"({"type": "number", "maximum": 0.5})", "1"),
            "/dir/f:1:4: error: s.x: must be at most 0.5; this is 1");
  const std::string list = R"({"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2})";
  EXPECT_EQ(shown_x(list, "[]"), "/dir/f:1:1: error: s.x: needs at least 1 item; this has none");
  EXPECT_EQ(shown_x(list, "[a, b, c]"), "/dir/f:1:1: error: s.x: takes at most 2 items; this has 3");
}

TEST(Check, KeepsToTheListOfValues) {
  EXPECT_EQ(shown_x(R"({"type": "string", "enum": ["gzip", "zstd"]})", "gzp"),
            "/dir/f:1:4: error: s.x: must be one of gzip, zstd; this is 'gzp'; did you mean 'gzip'?");
  EXPECT_EQ(shown_x(R"({"type": "integer", "enum": [0, 1, 2]})", "1"), "1");
  EXPECT_EQ(shown_x(R"({"type": "integer", "enum": [0, 1, 2]})", "3"),
            "/dir/f:1:4: error: s.x: must be one of 0, 1, 2; this is '3'");
}

TEST(Check, TakesNothingForAnEmptyMapOnly) {
  EXPECT_EQ(shown_x(R"({"properties": {"y": {"type": "integer", "default": 1}}})", ""), "{y: 1}");
  EXPECT_EQ(shown_x(R"({"type": "integer"})", ""),
            "/dir/f:1:1: error: s.x: has no value; it must be an integer such as 10");
}

TEST(Check, LetsAnOptionDependOnAnother) {
  const std::string json =
      R"({"properties": {"type": {"type": "string", "enum": ["json", "csv", "line"], "default": "json"},
    "delimiter": {"type": "string", "default": ",", "when": {"type": ["csv"]}},
    "measurement": {"type": "string", "required": true, "when": {"type": ["line"]}}}})";
  EXPECT_EQ(to_display(check_options(json, "type: csv").made),
            "{type: 'csv', delimiter: ',', measurement: null}");
  EXPECT_EQ(to_display(check_options(json, "{}").made), "{type: 'json', delimiter: null, measurement: null}");
  EXPECT_EQ(check_options(json, "{}").said, lines{});
  EXPECT_EQ(
      check_options(json, "delimiter: ;").said,
      lines{"/dir/f:1:1: error: s.delimiter: applies only when type is csv; here it is json; remove it"});
  EXPECT_EQ(
      check_options(json, "type: line").said,
      lines{
          "/dir/f:1:1: error: s.measurement: is required but missing; add it, such as 'measurement: text'"});
  EXPECT_EQ(
      check_options(json, "type: cvs\ndelimiter: ;").said,
      lines{"/dir/f:1:7: error: s.type: must be one of json, csv, line; this is 'cvs'; did you mean 'csv'?"})
      << "one mistake, one message";
}

TEST(Check, ShowsNoSecretInAnyMessage) {
  const variable set{"TIDEGATE_TEST", "hunter2"};
  const lines options{R"({"type": "integer", "secret": true})",
                      R"({"type": "integer", "secret": true, "maximum": 1})",
                      R"({"type": "string", "unit": "duration", "secret": true})",
                      R"({"type": "string", "enum": ["a"], "secret": true})",
                      R"({"type": "array", "items": {"type": "integer"}, "secret": true})",
                      R"({"properties": {"y": {"type": "boolean"}}, "secret": true})"};
  const lines values{"hunter2",      "'hunter2'",      "\"${env:TIDEGATE_TEST}\"", "[hunter2]",
                     "{y: hunter2}", "\"${hunter2}\"", "\"${env:hunter2-}\"",      "424242"};
  for (const auto& option : options)
    for (const auto& written : values) {
      const auto got = check_x(option, written);
      for (const auto& line : got.said) {
        EXPECT_EQ(line.find("hunter2"), std::string::npos) << line;
        EXPECT_EQ(line.find("424242"), std::string::npos) << line;
      }
      EXPECT_EQ(to_display(got.made), "(secret)") << option << written;
    }
}

TEST(Check, HidesWhatCameFromACredentialWhereverItStands) {
  const folder here;
  here.write("id", "hunter2");
  const variable credentials{"CREDENTIALS_DIRECTORY", here.path().c_str()};
  EXPECT_EQ(shown_x(R"({"type": "string"})", "\"${credential:id}\""), "(secret)");
  EXPECT_EQ(shown_x(R"({"type": "integer"})", "${credential:id}"),
            "/dir/f:1:4: error: s.x: must be an integer such as 10; this is something else, not shown "
            "because it is secret");
}

TEST(Check, KeepsTheOrderOfTheFile) {
  const auto got = check_options(R"({"properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}})",
                                 "b: 1\na: 2\n");
  EXPECT_EQ(to_display(got.made), "{b: 1, a: 2}");
}

}  // namespace
}  // namespace tidegate::config
