#include "file_options.hpp"

#include "file_support.hpp"

namespace tidegate::testing {
namespace {

std::string problem_of(const file_settings& settings) {
  try {
    file_sink::read_options(settings.options().options());
  } catch (const tidegate::error& thrown) {
    EXPECT_EQ(thrown.status(), TIDEGATE_ERROR_CONFIGURATION);
    return thrown.option() + ": " + thrown.what();
  }
  return "(accepted)";
}

TEST(FileOptions, AreRead) {
  file_settings settings;
  settings.path = "/data/x.ndjson";
  settings.rotation = map({{"max_size", 4096}, {"max_age", 1h}, {"at", "23:59"}});
  settings.retention = map({{"max_files", 0}, {"max_age", 24h}, {"max_total_size", 8192}});
  settings.compress = "zstd";
  settings.acknowledge = "fsync";
  settings.fsync_interval = 5s;
  settings.mode = "600";
  const auto read = file_sink::read_options(settings.options().options());
  EXPECT_EQ(read.rotation.max_size, 4096U);
  EXPECT_EQ(read.rotation.max_age, 1h);
  EXPECT_EQ(read.rotation.at, (23 * 60 + 59) * 60);
  EXPECT_EQ(read.retention.max_files, 0U);
  EXPECT_EQ(read.retention.max_age, 24h);
  EXPECT_EQ(read.retention.max_total_size, 8192U);
  EXPECT_EQ(read.compress, file_sink::compression::zstd);
  EXPECT_TRUE(read.acknowledge_after_fsync);
  EXPECT_TRUE(read.file.durable);
  EXPECT_EQ(read.fsync_interval, 5s);
  EXPECT_EQ(read.file.mode, 0600U);
}

TEST(FileOptions, LimitNothingUnlessAskedTo) {
  file_settings settings;
  settings.path = "/data/x.ndjson";
  settings.rotation = nullptr;
  settings.retention = nullptr;
  const auto read = file_sink::read_options(settings.options().options());
  EXPECT_FALSE(read.rotation.max_size || read.rotation.max_age || read.rotation.at);
  EXPECT_FALSE(read.retention.any());
}

TEST(FileOptions, SayWhatIsWrongWithATimeOfDay) {
  file_settings settings;
  settings.path = "/data/x.ndjson";
  for (const std::string wrong : {"24:00", "00:60", "0:00", "00:00:00", "midnight", ""}) {
    settings.rotation = map({{"at", wrong}});
    EXPECT_EQ(problem_of(settings),
              "rotation.at: '" + wrong + "' is no time of day; write it as \"00:00\" to \"23:59\"");
  }
}

TEST(FileOptions, SayWhatIsWrongWithAMode) {
  file_settings settings;
  settings.path = "/data/x.ndjson";
  for (const std::string wrong : {"1640", "648", "rw", "", "64", "00640"}) {
    settings.mode = wrong;
    EXPECT_EQ(problem_of(settings),
              "mode: '" + wrong + "' is no mode of a file; write it in octal, as \"0640\"");
  }
  settings.mode = "0440";
  EXPECT_EQ(problem_of(settings), "mode: '0440' does not let the owner read and write; use \"0600\" or more");
}

}  // namespace
}  // namespace tidegate::testing
