// Which sources, pipelines and rejected samples a pipeline reads, and which of them it takes.
#include "config/flow_order.hpp"
#include "config/glob.hpp"
#include "config/inflow.hpp"
#include "support.hpp"

namespace tidegate::config {
namespace {

using names = std::vector<std::string>;

// Three sources and two sinks around pipelines.
outcome with_pipelines(const std::string& pipelines) {
  return check_text(
      "sources: {meter-1: {plugin: cpu, interval: 10s}, meter-2: {plugin: cpu, interval: 5s}, gps: {plugin: "
      "serial}}\n"
      "sinks: {aws: {plugin: console}, local: {plugin: console}}\n"
      "pipelines:\n" +
      pipelines);
}

// The errors alone: what is not used is not the matter here.
lines errors_of(const std::string& pipelines) {
  lines all;
  for (auto& line : with_pipelines(pipelines).said)
    if (line.find(": error: ") != std::string::npos) all.push_back(line);
  return all;
}

TEST(Glob, FitsWholeTexts) {
  for (const auto& [pattern, text] : std::vector<std::pair<const char*, const char*>>{{"*", ""},
                                                                                      {"*", "a"},
                                                                                      {"a*", "a"},
                                                                                      {"a*c", "abbc"},
                                                                                      {"*a*b*", "xaxbx"},
                                                                                      {"a?c", "abc"},
                                                                                      {"", ""},
                                                                                      {"*ab", "aab"},
                                                                                      {"*.log", "a.log.log"},
                                                                                      {"**", "x"},
                                                                                      {"[a]", "[a]"}})
    EXPECT_TRUE(glob_fits(pattern, text)) << pattern << " " << text;
  for (const auto& [pattern, text] : std::vector<std::pair<const char*, const char*>>{
           {"a", "ab"}, {"a?", "a"}, {"*a", "ab"}, {"a*c", "abd"}, {"", "a"}, {"?", ""}, {"A", "a"}})
    EXPECT_FALSE(glob_fits(pattern, text)) << pattern << " " << text;
}

TEST(From, TakesPatternsOfSourcesInTheOrderOfTheFile) {
  const auto got =
      with_pipelines("  a: {from: 'meter-*', to: aws}\n  b: {from: [gps, '*'], to: [aws, local]}\n");
  ASSERT_EQ(got.said, lines{});
  EXPECT_EQ(got.made->pipelines[0].from, (names{"meter-1", "meter-2"}));
  EXPECT_EQ(got.made->pipelines[1].from, (names{"gps", "meter-1", "meter-2"}));
}

TEST(From, RefusesAPatternThatFitsNothing) {
  EXPECT_EQ(
      errors_of("  a: {from: ['metre-*', 'x?'], to: aws}\n"),
      (lines{"gw.yaml:4:14: error: pipelines.a.from[0]: no source has a name like 'metre-*'; did you mean "
             "'meter-1'?",
             "gw.yaml:4:25: error: pipelines.a.from[1]: no source has a name like 'x?'; known are: "
             "meter-1, meter-2, gps"}));
}

TEST(From, TakesPipelinesAndWhatSinksReject) {
  const auto got = with_pipelines(
      "  second: {from: [first, gps], to: local}\n  first: {from: 'meter-*', to: aws}\n"
      "  refused: {from: aws.rejected, to: local}\n");
  ASSERT_EQ(got.said, lines{});
  const auto& all = got.made->pipelines;
  EXPECT_EQ(all[0].from, names{"gps"});
  EXPECT_EQ(all[0].from_pipelines, names{"first"});
  EXPECT_EQ(all[2].from_rejected, names{"aws"});
  EXPECT_EQ(flow_order(upstreams_of(all)), (std::vector<std::size_t>{1, 0, 2}));
}

TEST(From, SaysWhatWasProbablyMeant) {
  EXPECT_EQ(
      errors_of("  first: {from: gps, to: aws}\n  b: {from: [frist, aws, aws.rejectd, local-x.rejected, "
                "second], to: first}\n"),
      (lines{"gw.yaml:5:14: error: pipelines.b.from[0]: there is no source or pipeline 'frist'; did you "
             "mean 'first'?",
             "gw.yaml:5:21: error: pipelines.b.from[1]: 'aws' is a sink; 'from' takes sources and "
             "pipelines, or 'aws.rejected' for what it refuses for good",
             "gw.yaml:5:26: error: pipelines.b.from[2]: there is no 'aws.rejectd'; behind a dot 'rejected' "
             "of a sink may stand; did you mean 'aws.rejected'?",
             "gw.yaml:5:39: error: pipelines.b.from[3]: there is no 'local-x.rejected'; behind a dot "
             "'rejected' of a sink may stand; did you mean 'local.rejected'?",
             "gw.yaml:5:57: error: pipelines.b.from[4]: there is no source or pipeline 'second'; known are: "
             "meter-1, meter-2, gps, first",
             "gw.yaml:5:70: error: pipelines.b.to: 'first' is a pipeline; 'to' takes sinks. To lead on into "
             "it, write 'from: b' there"}));
}

TEST(From, WantsOneMeaningForAName) {
  EXPECT_EQ(errors_of("  gps: {from: meter-1, to: aws}\n"),
            lines{"gw.yaml:4:3: error: pipelines.gps: has the name of the source at gw.yaml:1:88, and 'from' "
                  "could mean either; choose another"});
}

TEST(Circle, IsRefusedAndNamed) {
  EXPECT_EQ(
      errors_of("  a: {from: [gps, b], to: aws}\n  b: {from: a, to: aws}\n"),
      lines{"gw.yaml:4:19: error: pipelines.a.from[1]: samples would go round in a circle, a -> b -> a; lead "
            "one of these elsewhere"});
  EXPECT_EQ(
      errors_of("  a: {from: a, to: aws}\n"),
      lines{"gw.yaml:4:13: error: pipelines.a.from: samples would go round in a circle, a -> a; lead one of "
            "these elsewhere"});
}

TEST(Circle, MayGoThroughWhatASinkRejects) {
  EXPECT_EQ(errors_of("  a: {from: gps, to: aws}\n  again: {from: aws.rejected, to: aws}\n"),
            lines{"gw.yaml:5:17: error: pipelines.again.from: samples would go round in a circle, again -> "
                  "aws.rejected -> again; lead one of these elsewhere"});
  EXPECT_EQ(
      errors_of("  a: {from: [gps, c], to: aws}\n  b: {from: aws.rejected, to: local}\n"
                "  c: {from: b, to: local}\n"),
      lines{"gw.yaml:4:19: error: pipelines.a.from[1]: samples would go round in a circle, a -> aws.rejected "
            "-> b -> c -> a; lead one of these elsewhere"});
}

TEST(Circle, IsToldForEachOfThem) {
  EXPECT_EQ(errors_of("  a: {from: b, to: aws}\n  b: {from: [a, c], to: aws}\n  c: {from: b, to: aws}\n"
                      "  behind: {from: c, to: aws}\n")
                .size(),
            2u);
}

// Neither the stack nor patience runs out.
TEST(Circle, IsFoundAmongManyPipelines) {
  std::string many = "  p0: {from: p999, to: aws}\n";
  for (int number = 1; number < 1000; ++number)
    many += "  p" + std::to_string(number) + ": {from: p" + std::to_string(number - 1) + ", to: aws}\n";
  const auto errors = errors_of(many);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_NE(errors[0].find("p997 -> p998 -> p999 -> p0;"), std::string::npos) << errors[0].substr(0, 200);
}

TEST(Branch, IsWarnedOfWhenItKeepsTheSpoolFromMovingOn) {
  EXPECT_EQ(
      with_pipelines(
          "  a: {from: '*', to: aws, buffer: {type: disk}}\n  b: {from: aws.rejected, to: local}\n")
          .said,
      lines{
          "gw.yaml:5:13: warning: pipelines.b.from: what 'a' keeps on disk stays there until this pipeline, "
          "which has it in memory, has delivered it; give it 'buffer: {type: disk}'"});
}

TEST(To, MayBeMissingWhereOthersRead) {
  const auto got = with_pipelines("  shared: {from: '*'}\n  a: {from: shared, to: [aws, local]}\n");
  EXPECT_EQ(got.said, lines{});
  EXPECT_EQ(errors_of("  shared: {from: '*'}\n  a: {from: gps, to: aws}\n"),
            lines{"gw.yaml:4:3: error: pipelines.shared.to: is required but missing; add it, such as 'to: "
                  "[archive]'"});
  EXPECT_EQ(
      errors_of("  shared: {from: '*', buffer: {type: disk}}\n  a: {from: shared, to: aws}\n"),
      lines{"gw.yaml:4:38: error: pipelines.shared.buffer.type: has nothing to keep: the pipeline has no "
            "sinks, and those that read it have buffers of their own; remove it"});
}

TEST(When, IsReadAndCanBeSaid) {
  const auto got = with_pipelines(
      "  a: {from: '*', to: [aws, local], when: [{name: [cpu, 'meter-*'], tags: {site: 'tokyo-*', line: 3}, "
      "field: usage, above: 80, at_most: 90.5}, {field: [state, mode], equals: 'err*'}, {field: n, equals: "
      "7}, "
      "{field: on, equals: true}, {field: seen}]}\n  b: {from: gps, to: aws, when: {name: gps}}\n");
  ASSERT_EQ(got.said, lines{});
  EXPECT_EQ(
      to_text(got.made->pipelines[0].when),
      "name is cpu or meter-*; tag site is tokyo-*; tag line is 3; field usage is above 80 and at most 90.5, "
      "or field state or mode is 'err*', or field n is 7, or field on is true, or field seen is there");
  EXPECT_EQ(to_text(got.made->pipelines[1].when), "name is gps");
}

TEST(When, SaysWhatIsWrong) {
  const auto error_of = [](const std::string& when) {
    return errors_of("  a: {from: gps, to: aws, when: " + when + "}\n");
  };
  EXPECT_EQ(error_of("{field: t, above: hot}"),
            lines{"gw.yaml:4:51: error: pipelines.a.when.above: must be an integer or a number such as 10; "
                  "this is the text 'hot'"});
  EXPECT_EQ(
      error_of("{name: a, above: 5}"),
      lines{"gw.yaml:4:43: error: pipelines.a.when.above: needs 'field' beside it: which field is meant?"});
  EXPECT_EQ(error_of("{nam: cpu}"),
            lines{"gw.yaml:4:34: error: pipelines.a.when.nam: unknown option; did you mean 'name'?"});
  for (const auto* never : {"{field: t, above: 5, below: 5}", "{field: t, at_least: 6, at_most: 5}",
                            "{field: t, at_least: 5, below: 5}"})
    EXPECT_EQ(error_of(never),
              lines{"gw.yaml:4:27: error: pipelines.a.when: never holds: no number is within these limits"});
  for (const auto* nothing : {"{}", "{tags: {}}"})
    EXPECT_EQ(error_of(nothing),
              lines{"gw.yaml:4:27: error: pipelines.a.when: says nothing; give a name, tags or a "
                    "field, such as {name: cpu}, or remove it"});
  EXPECT_EQ(error_of("[{name: cpu}, {}]").size(), 1u);
}

TEST(Inflow, CountsWhatComesByWayOfOtherPipelines) {
  const auto got = with_pipelines(
      "  second: {from: [first, meter-1], to: local}\n  first: {from: 'meter-*', to: aws, when: {name: "
      "cpu}}\n"
      "  refused: {from: [aws.rejected, gps], to: local}\n");
  ASSERT_EQ(got.said, lines{});
  const auto all = inflows_of(*got.made);
  EXPECT_DOUBLE_EQ(all[0].samples_per_second, 0.1 + 0.1 + 0.2);
  EXPECT_TRUE(all[0].is_sifted);
  EXPECT_EQ(all[0].sources, (names{"meter-1", "meter-1", "meter-2"}));
  EXPECT_EQ(all[2].unknown, (names{"gps", "aws.rejected"}));
}

}  // namespace
}  // namespace tidegate::config
