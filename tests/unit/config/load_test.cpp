#include "support.hpp"

namespace tidegate::config {
namespace {

constexpr const char* minimal =
    "sources: {a: {plugin: cpu}}\nsinks: {b: {plugin: console}}\npipelines: {c: {from: a, to: b}}\n";

outcome check_files(const std::vector<std::filesystem::path>& files) {
  diagnostics said;
  const auto document = load(files, said);
  fake_components components;
  auto made = check(document, components, said);
  return {std::move(made), messages(said)};
}

TEST(Load, JoinsFilesAndTheYamlFilesOfFolders) {
  const folder here;
  here.write("conf.d/20-sinks.yml",
             "sinks: {b: {plugin: console}}\npipelines: {c: {from: [a, a2], to: b}}\n");
  here.write("conf.d/10-sources.yaml", "sources: {a2: {plugin: cpu}}\ngateway: {tags: {x: '1'}}\n");
  here.write("conf.d/.hidden.yaml", "no: configuration\n");
  here.write("conf.d/README.txt", "no: configuration\n");
  here.write("conf.d/folder.yaml/x", "");
  const auto got = check_files(
      {here.write("gw.yaml", "gateway: {id: g}\nsources: {a: {plugin: cpu}}\n"), here.path() / "conf.d"});
  EXPECT_EQ(got.said, lines{});
  ASSERT_TRUE(got.made);
  EXPECT_EQ(got.made->id, "g");
  EXPECT_EQ(got.made->tags.at("x"), "1");
  ASSERT_EQ(got.made->sources.size(), 2u);
  EXPECT_EQ(got.made->sources[1].name, "a2");
}

TEST(Load, SaysWhichFileCannotBeRead) {
  const folder here;
  const auto none = (here.path() / "none.yaml").string();
  EXPECT_EQ(check_files({none}).said, lines{none + ": error: cannot be read: No such file or directory"});
  std::filesystem::create_directory(here.path() / "empty");
  const auto empty = (here.path() / "empty").string();
  EXPECT_EQ(check_files({empty}).said, lines{empty + ": error: the folder holds no *.yaml or *.yml file"});
}

TEST(Load, RefusesWhatIsNoConfiguration) {
  const folder here;
  const auto large = here.write("large.yaml", std::string(4 * 1024 * 1024 + 1, '#')).string();
  EXPECT_EQ(
      check_files({large}).said,
      lines{large + ": error: is larger than 4MiB, too large for a configuration; is it the right file?"});
  const auto just_fits = here.write("fits.yaml", minimal + std::string(4 * 1024 * 1024 - 200, '#')).string();
  EXPECT_EQ(check_files({just_fits}).said, lines{});
  const auto binary = here.write("binary.yaml", std::string("a: b\0", 5)).string();
  EXPECT_EQ(check_files({binary}).said,
            lines{binary + ": error: is not a text file (byte 4 is zero); is it the right file?"});
  const auto latin = here.write("latin.yaml", "a: 1\nb: x\xfc\n").string();
  EXPECT_EQ(check_files({latin}).said,
            lines{latin + ":2:5: error: is not valid UTF-8 here; save the file as UTF-8"});
}

TEST(Load, ReportsTheSameNameInTwoFilesWithBothPlaces) {
  const folder here;
  const auto first = here.write("a.yaml", minimal).string();
  const auto second = here.write("b.yaml", "sinks:\n  b: {plugin: console}\nlog: {level: info}\n").string();
  const auto third = here.write("c.yaml", "log: {level: info, format: json}\n").string();
  EXPECT_EQ(check_files({first, second, third}).said,
            (lines{second + ":2:3: error: sinks.b: is written twice; the first is at " + first +
                       ":2:9; remove one of them",
                   third + ":1:7: error: log.level: is written twice; the first is at " + second +
                       ":3:7; remove one of them"}));
}

TEST(Load, DoesNotMissWhatMayStandInAFileThatCouldNotBeRead) {
  const folder here;
  const auto broken = here.write("a.yaml", "sources: {a: {plugin: cpu}\n").string();
  const auto rest =
      here.write("b.yaml", "sinks: {b: {plugin: consle}}\npipelines: {c: {from: a, to: [b, x]}}\n").string();
  EXPECT_EQ(check_files({broken, rest}).said.size(), 2u) << "the broken file and the unknown plugin";
}

TEST(Load, KnowsAFileByAnotherName) {
  const folder here;
  const auto file = here.write("a.yaml", minimal);
  const auto same_file = here.path() / "." / "a.yaml";
  EXPECT_EQ(check_files({file, same_file}).said,
            lines{same_file.string() +
                  ": error: is given twice; name each file once (the files of a folder are read with it)"});
}

TEST(PluginPaths, AreResolvedAgainstTheFile) {
  const folder here;
  const variable set{"TIDEGATE_TEST", "/opt/plugins"};
  diagnostics said;
  const auto document =
      load({here.write("gw.yaml", "plugins: {paths: [lib, \"${env:TIDEGATE_TEST}\", [wrong]]}\n")}, said);
  EXPECT_EQ(document.plugin_paths(),
            (std::vector<std::filesystem::path>{here.path() / "lib", "/opt/plugins"}));
  EXPECT_FALSE(said.has_errors()) << "check() reports what is wrong";
  EXPECT_TRUE(config::document{}.plugin_paths().empty());
}

}  // namespace
}  // namespace tidegate::config
