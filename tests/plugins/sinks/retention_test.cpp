#include "retention.hpp"

#include <unistd.h>

#include "file_system.hpp"
#include "housekeeper.hpp"
#include "lock.hpp"
#include "support.hpp"

namespace tidegate::file_sink {
namespace {

using namespace std::chrono_literals;
using names = std::vector<std::string>;
using testing::content;
using testing::put;
using testing::set_modified;
using testing::utc;

constexpr auto hour = std::int64_t{3'600'000'000'000};

own_file file(const std::string& path, std::uint64_t size, std::int64_t modified) {
  return {path, {}, size, modified};
}

names planned(const retention_limits& limits, std::uint64_t live_size = 0) {
  const std::vector<own_file> closed{file("a", 100, 1 * hour), file("b", 200, 2 * hour),
                                     file("c", 300, 3 * hour)};
  names all;
  for (const auto& each : plan_retention(closed, live_size, limits, 10 * hour)) all.push_back(each.path);
  return all;
}

TEST(RetentionPlan, WithoutLimitsKeepsEverything) { EXPECT_EQ(planned({}), names{}); }

TEST(RetentionPlan, KeepsTheNewestFiles) {
  EXPECT_EQ(planned({3, {}, {}}), names{});
  EXPECT_EQ(planned({1, {}, {}}), (names{"a", "b"}));
  EXPECT_EQ(planned({0, {}, {}}), (names{"a", "b", "c"}));
}

TEST(RetentionPlan, DeletesWhatIsOlderThanTheLimit) {
  EXPECT_EQ(planned({{}, 9h, {}}), names{});
  EXPECT_EQ(planned({{}, 8h, {}}), names{"a"});
  EXPECT_EQ(planned({{}, 1h, {}}), (names{"a", "b", "c"}));
}

TEST(RetentionPlan, CountsTheFileThatIsBeingWrittenIntoTheTotalSize) {
  EXPECT_EQ(planned({{}, {}, 600}), names{});
  EXPECT_EQ(planned({{}, {}, 600}, 1), names{"a"});
  EXPECT_EQ(planned({{}, {}, 300}), (names{"a", "b"}));
  EXPECT_EQ(planned({{}, {}, 600}, 5000), (names{"a", "b", "c"}));
}

// A sink's files, and around them all that could be taken for one.
class Retention : public ::testing::Test {
 protected:
  void pass(const std::string& path, const retention_limits& limits) {
    const path_pattern pattern{path, zone::utc};
    housekeeper keeper{bench.host.sink(), pattern, limits, compression::none};
    keeper.pass();
  }
  void add(const std::string& name, const std::string& day) {
    put(folder / name, name);
    set_modified(folder / name, utc(day + " 12:00:00"));
  }

  testing::temporary_folder folder;
  testing::sink_bench bench;
};

TEST_F(Retention, DeletesTheOldestOfItsOwnFilesOnly) {
  add("data-2026-11-20.ndjson", "2026-11-20");
  add("data-2026-11-21.20261121T100000Z.ndjson.gz", "2026-11-21");
  add("data-2026-11-22.ndjson", "2026-11-22");
  add("data-2026-11-23.ndjson", "2026-11-23");  // is being written
  const names foreign{"data-2020-01-01.ndjson.bak", "data-2020-01-01.ndjson.1",
                      "data-2020-13-01.ndjson",     "data-2020-01-01.ndjson~",
                      "Data-2020-01-01.ndjson",     "data-2020-01-01.csv",
                      "old data-2020-01-01.ndjson", "data-2020-01-01.ndjson.xz",
                      "data-latest.ndjson",         "notes.txt",
                      ".data-2020-01-01.ndjson",    "sub/data-2020-01-01.ndjson"};
  for (const auto& each : foreign) add(each, "2020-01-01");
  put(folder / "elsewhere", "precious");
  ASSERT_EQ(::symlink((folder / "elsewhere").c_str(), (folder / "data-2019-01-01.ndjson").c_str()), 0);
  std::filesystem::create_directory(folder / "data-2018-01-01.ndjson");

  pass(folder / "data-%Y-%m-%d.ndjson", {1, {}, {}});

  auto expected = foreign;
  expected.insert(expected.end(), {"elsewhere", "data-2019-01-01.ndjson", "data-2026-11-22.ndjson",
                                   "data-2026-11-23.ndjson"});
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(folder.names(), expected);
  EXPECT_TRUE(std::filesystem::is_directory(folder / "data-2018-01-01.ndjson"));
  EXPECT_EQ(bench.host.metric("deleted_files_total"), 2);
}

TEST_F(Retention, NeverDeletesTheFileThatIsBeingWritten) {
  add("data.ndjson", "2020-01-01");
  add("data.20260101T000000Z.ndjson", "2020-01-01");
  pass(folder / "data.ndjson", {0, 1h, 4096});
  EXPECT_EQ(folder.names(), names{"data.ndjson"});
}

TEST_F(Retention, LeavesAFileAloneThatSomeoneHasLocked) {
  add("2026-11-01.ndjson", "2026-11-01");
  add("2026-11-02.ndjson", "2026-11-02");
  const descriptor held{::open((folder / "2026-11-01.ndjson").c_str(), O_RDWR | O_CLOEXEC)};
  ASSERT_EQ(try_lock(held.get()), lock_result::taken);
  pass(folder / "%Y-%m-%d.ndjson", {0, {}, {}});
  EXPECT_EQ(folder.names(), names{"2026-11-01.ndjson"});
}

TEST_F(Retention, TakesFoldersOfThePatternAwayOnceTheyAreEmpty) {
  add("2026/10/01.ndjson", "2026-10-01");
  add("2026/11/01.ndjson", "2026-11-01");
  add("2026/11/notes.txt", "2020-01-01");
  add("2025/12/31.ndjson", "2025-12-31");
  add("backup/12/31.ndjson", "2019-12-31");
  pass(folder / "%Y/%m/%d.ndjson", {0, {}, {}});
  EXPECT_EQ(folder.names(), (names{"2026/11/notes.txt", "backup/12/31.ndjson"}));
  EXPECT_FALSE(std::filesystem::exists(folder / "2025"));
  EXPECT_FALSE(std::filesystem::exists(folder / "2026/10"));
}

TEST_F(Retention, DoesNotFollowALinkToAFolder) {
  testing::temporary_folder other;
  put(other / "01.ndjson", "precious");
  set_modified(other / "01.ndjson", utc("2020-01-01 00:00:00"));
  ASSERT_EQ(::symlink(other.path().c_str(), (folder / "2020").c_str()), 0);
  pass(folder / "%Y/%d.ndjson", {0, {}, {}});
  EXPECT_EQ(content(other / "01.ndjson"), "precious");
}

TEST_F(Retention, HasNothingToDoWhereTheFolderIsMissing) {
  pass(folder / "missing/%Y.ndjson", {0, {}, {}});
  EXPECT_EQ(bench.log(), "");
}

}  // namespace
}  // namespace tidegate::file_sink
