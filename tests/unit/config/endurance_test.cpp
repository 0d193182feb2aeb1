#include "config/endurance.hpp"

#include "support.hpp"

namespace tidegate::config {
namespace {

lines endurance(const std::string& pipelines, const std::string& more = {}) {
  const variable no_state{"STATE_DIRECTORY", nullptr};
  const auto got = check_text(
      "sources:\n  cpu: {plugin: cpu, interval: 5s}\n  memory: {plugin: cpu, interval: 10s}\n  plc: {plugin: "
      "generate}\n  bus: {plugin: generate}\nsinks:\n  aws: {plugin: console}\n  archive: {plugin: "
      "console}\npipelines:\n" +
      pipelines + more);
  EXPECT_TRUE(got.made);
  return got.made ? endurance_lines(*got.made) : lines{};
}

TEST(Endurance, SaysHowLongALimitLastsAndWhatIsWritten) {
  EXPECT_EQ(
      endurance("  line: {from: [cpu, memory], to: [aws, archive], buffer: {type: disk, max_size: 64MiB}}\n"),
      (lines{"pipeline line -> aws: at about 0.3 samples/s, 64MiB last about 4 days offline",
             "pipeline line -> archive: at about 0.3 samples/s, 64MiB last about 4 days offline",
             "spool /var/lib/tidegate/spool: about 71 MB a day are written"}));
}

TEST(Endurance, IsThatOfTheLimitWhichIsReachedFirst) {
  const auto line = [](const std::string& buffer, const std::string& more = {}) {
    return endurance("  line: {from: [cpu, memory], to: aws, buffer: {type: disk, " + buffer + "}}\n", more)
        .front();
  };
  EXPECT_EQ(line("max_samples: 1000"),
            "pipeline line -> aws: at about 0.3 samples/s, 1000 samples last about 56 min offline");
  EXPECT_EQ(line("max_age: 72h"),
            "pipeline line -> aws: at about 0.3 samples/s, max_age keeps the last 3d offline");
  EXPECT_EQ(line("max_age: 72h, max_samples: 1000"),
            "pipeline line -> aws: at about 0.3 samples/s, 1000 samples last about 56 min offline");
  // Each commit takes a block of the disk, however little is in it.
  EXPECT_EQ(line("max_size: 512MiB"),
            "pipeline line -> aws: at about 0.3 samples/s, the 1GiB of the spool last about 15 days offline");
  EXPECT_EQ(line("max_size: 512MiB, commit: 1m", "spool: {max_size: 8GiB}\n"),
            "pipeline line -> aws: at about 0.3 samples/s, 512MiB last about 30 days offline");
}

TEST(Endurance, SaysWhatItDoesNotKnow) {
  EXPECT_EQ(endurance("  line: {from: [plc], to: aws, buffer: {type: disk}}\n"),
            lines{"pipeline line -> aws: how long 512MiB last offline depends on what plc gives"});
  EXPECT_EQ(endurance("  line: {from: [plc, bus], to: aws, buffer: {type: disk}}\n"),
            lines{"pipeline line -> aws: how long 512MiB last offline depends on what plc, bus give"});
  EXPECT_EQ(
      endurance("  line: {from: [cpu, plc], process: [{plugin: deadband, field: x}], to: aws, buffer: "
                "{type: disk, max_size: 1MiB}}\n"),
      (lines{"pipeline line -> aws: at about 0.2 samples/s before its steps and what plc gives besides, 1MiB "
             "last less than 2 h offline",
             "spool /var/lib/tidegate/spool: more than 71 MB a day are written"}));
}

TEST(Endurance, IsNotAskedOfMemory) { EXPECT_EQ(endurance("  line: {from: cpu, to: aws}\n"), lines{}); }

TEST(Endurance, CommitsThatAreFurtherApartWriteLess) {
  const auto written = [](const std::string& commit) {
    const auto all =
        endurance("  line: {from: [cpu, memory], to: aws, buffer: {type: disk, commit: " + commit + "}}\n");
    return all.back().substr(all.back().find(':') + 2);
  };
  EXPECT_EQ(written("always"), "about 71 MB a day are written");
  EXPECT_EQ(written("never"), written("always"));
  EXPECT_EQ(written("10s"), "about 47 MB a day are written");
  EXPECT_EQ(written("1m"), "about 27 MB a day are written");
}

TEST(Endurance, TwoPipelinesShareTheirCommits) {
  EXPECT_EQ(
      endurance("  one: {from: [cpu, memory], to: aws, buffer: {type: disk}}\n  two: {from: [cpu, memory], "
                "to: archive, buffer: {type: disk}}\n")
          .back(),
      "spool /var/lib/tidegate/spool: about 71 MB a day are written");
}

TEST(Endurance, ABudgetIsComparedWithWhatIsWritten) {
  const std::string yaml =
      "sources:\n  cpu: {plugin: cpu, interval: 1s}\nsinks:\n  aws: {plugin: console}\npipelines:\n  line: "
      "{from: "
      "cpu, to: aws, buffer: {type: disk}}\nspool: {daily_write_budget: ";
  EXPECT_EQ(check_text(yaml + "1GB}\n").said, lines{});
  const auto got = check_text(yaml + "100MB}\n");
  EXPECT_EQ(
      got.said,
      lines{"gw.yaml:7:29: warning: spool.daily_write_budget: about 0.18 GB a day are written, more than "
            "100MB; let commits be further apart (commit: 10s), or samples"});
  EXPECT_TRUE(got.made);
}

}  // namespace
}  // namespace tidegate::config
