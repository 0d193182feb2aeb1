// Compression and retention of closed files, and what a crash may leave behind.
#include <sys/file.h>
#include <unistd.h>

#include "file_support.hpp"
#include "housekeeper.hpp"

namespace tidegate::testing {
namespace {

using file_sink::compression;

// What a command prints.
std::string output_of(const std::string& command) {
  std::string all;
  FILE* pipe = ::popen(command.c_str(), "r");
  char block[4096];
  for (std::size_t got = 0; (got = ::fread(block, 1, sizeof block, pipe)) > 0;) all.append(block, got);
  return ::pclose(pipe) == 0 ? all : "(failed: " + command + ")";
}
bool has_command(const std::string& name) {
  return ::system(("command -v " + name + " >/dev/null").c_str()) == 0;
}

std::string many_lines() {
  std::string all;
  for (int n = 0; n < 60'000; ++n) all += "{\"n\":" + std::to_string(n * 7919 % 10'007) + "}\n";
  return all;
}

class Housekeeper : public ::testing::Test {
 protected:
  void pass(compression how, const file_sink::retention_limits& limits = {}) {
    file_sink::housekeeper keeper{bench.host.sink(), pattern, limits, how};
    keeper.pass();
  }

  temporary_folder folder;
  sink_bench bench;
  const file_sink::path_pattern pattern{folder / "%Y-%m-%d.ndjson", file_sink::zone::utc};
  const std::string original = folder / "2026-11-22.ndjson";
};

TEST_F(Housekeeper, CompressesToWhatGzipReads) {
  if (!has_command("gzip")) GTEST_SKIP() << "gzip is not installed";
  const auto lines = many_lines();
  put(original, lines);
  ::chmod(original.c_str(), 0604);
  set_modified(original, utc("2026-11-22 23:59:59"));
  pass(compression::gzip);
  EXPECT_EQ(folder.names(), names{"2026-11-22.ndjson.gz"});
  EXPECT_EQ(output_of("gzip -dc " + original + ".gz"), lines);
  EXPECT_LT(std::filesystem::file_size(original + ".gz"), lines.size() / 2);
  struct stat found {};
  ASSERT_EQ(::stat((original + ".gz").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0604U);
  EXPECT_EQ(file_sink::modified_at(found), utc("2026-11-22 23:59:59"))
      << "retention counts from when it was written";
  EXPECT_EQ(bench.host.metric("compressed_files_total"), 1);
}

TEST_F(Housekeeper, CompressesToWhatZstdReads) {
  if (!has_command("zstd")) GTEST_SKIP() << "zstd is not installed";
  const auto lines = many_lines();
  put(original, lines);
  pass(compression::zstd);
  EXPECT_EQ(folder.names(), names{"2026-11-22.ndjson.zst"});
  EXPECT_EQ(output_of("zstd -dcq " + original + ".zst"), lines);
}

TEST_F(Housekeeper, CompressesOnlyItsOwnClosedFiles) {
  put(original, "closed");
  put(folder / "2026-11-23.ndjson", "being written");
  put(folder / "2026-11-21.ndjson", "locked");
  put(folder / "2026-11-20.ndjson.zst", "compressed otherwise");
  put(folder / "2026-11-22.ndjson.bak", "foreign");
  put(folder / "notes.txt", "foreign");
  const file_sink::descriptor held{::open((folder / "2026-11-21.ndjson").c_str(), O_RDWR)};
  ASSERT_EQ(::flock(held.get(), LOCK_EX), 0);
  pass(compression::gzip);
  EXPECT_EQ(folder.names(), (names{"2026-11-20.ndjson.zst", "2026-11-21.ndjson", "2026-11-22.ndjson.bak",
                                   "2026-11-22.ndjson.gz", "2026-11-23.ndjson", "notes.txt"}));
}

TEST_F(Housekeeper, BeginsAnewWhatACrashCutOff) {
  put(original, "content\n");
  put(original + ".gz.part", "half of it");
  pass(compression::gzip);
  pass(compression::gzip);
  EXPECT_EQ(folder.names(), names{"2026-11-22.ndjson.gz"});
}

TEST_F(Housekeeper, RemovesAnOriginalWhoseCompressedFileIsWhole) {
  for (const auto how : {compression::gzip, compression::zstd}) {
    const auto lines = many_lines();
    put(original, lines);
    pass(how);
    put(original, lines);
    pass(how);
    EXPECT_EQ(folder.names(), names{"2026-11-22.ndjson" + std::string{suffix(how)}});
    std::filesystem::remove(folder / folder.names()[0]);
  }
}

TEST_F(Housekeeper, KeepsBothFilesOfOneNameIfTheirContentDiffers) {
  for (const std::string other : {"another content\n", "first\n ", "firs", "", "first\n"}) {
    put(original, "first\n");
    pass(compression::gzip);
    const auto first = content(original + ".gz");
    put(original, other);
    set_modified(original, utc("2026-11-22 10:00:00"));
    pass(compression::gzip);
    EXPECT_EQ(content(original + ".gz"), first);
    const auto second = folder / "2026-11-22.20261122T100000Z.ndjson.gz";
    if (other == "first\n") {
      EXPECT_FALSE(std::filesystem::exists(second));
    } else {
      EXPECT_EQ(output_of("gzip -dc " + second), other);
      std::filesystem::remove(second);
    }
    std::filesystem::remove(original + ".gz");
  }
}

TEST_F(Housekeeper, TrustsNoCompressedFileThatIsDamaged) {
  const auto lines = many_lines();
  put(original, lines);
  pass(compression::gzip);
  auto bytes = content(original + ".gz");
  put(original + ".gz", bytes.substr(0, bytes.size() - 4));
  put(original, lines);
  set_modified(original, utc("2026-11-22 10:00:00"));
  pass(compression::gzip);
  EXPECT_EQ(output_of("gzip -dc " + (folder / "2026-11-22.20261122T100000Z.ndjson.gz")), lines);
}

TEST_F(Housekeeper, DeletesBeforeItCompresses) {
  for (const std::string day : {"20", "21", "22"}) {
    put(folder / ("2026-11-" + day + ".ndjson"), day);
    set_modified(folder / ("2026-11-" + day + ".ndjson"), utc("2026-11-" + day + " 12:00:00"));
  }
  pass(compression::gzip, {1, {}, {}});
  EXPECT_EQ(folder.names(), names{"2026-11-22.ndjson.gz"});
  EXPECT_EQ(bench.host.metric("compressed_files_total"), 1);
  EXPECT_EQ(bench.host.metric("deleted_files_total"), 2);
}

TEST_F(Housekeeper, SaysOnceWhatItCannotDoAndKeepsTheOriginal) {
  put(original, "content\n");
  std::filesystem::create_directory(original + ".gz.part");
  file_sink::housekeeper keeper{bench.host.sink(), pattern, {}, compression::gzip};
  keeper.pass();
  keeper.pass();
  EXPECT_EQ(content(original), "content\n");
  EXPECT_EQ(bench.log(), "cannot create " + original + ".gz.part: File exists; tried again later\n");
}

class FileSinkHousekeeping : public file_sink_test {};

TEST_F(FileSinkHousekeeping, CompressesARotatedFileInTheBackground) {
  auto settings = plain();
  settings.rotation = map({{"max_size", 8}});
  settings.compress = "gzip";
  start(settings);
  expect_delivered({1});
  expect_delivered({2});
  const names expected{"data.20261123T120000Z.ndjson.gz", "data.ndjson"};
  EXPECT_TRUE(eventually([&] { return folder.names() == expected; }));
  EXPECT_EQ(output_of("gzip -dc " + (folder / expected[0])), "{\"n\":1}\n");
}

TEST_F(FileSinkHousekeeping, CompressesTheFileOfYesterday) {
  auto settings = plain();
  settings.path = folder / "%Y/%m-%d.ndjson";
  settings.compress = "zstd";
  bench.host.set_utc(utc("2026-12-31 23:59:59"));
  start(settings);
  expect_delivered({1});
  bench.host.advance(1s);
  expect_delivered({2});
  const names expected{"2026/12-31.ndjson.zst", "2027/01-01.ndjson"};
  EXPECT_TRUE(eventually([&] { return folder.names() == expected; }));
}

TEST_F(FileSinkHousekeeping, MendsAtStartWhatACrashLeftBehind) {
  auto settings = plain();
  settings.compress = "gzip";
  put(folder / "data.20261122T120000Z.ndjson", "content\n");
  put(folder / "data.20261122T120000Z.ndjson.gz.part", "half");
  start(settings);
  const names expected{"data.20261122T120000Z.ndjson.gz", "data.ndjson"};
  EXPECT_TRUE(eventually([&] { return folder.names() == expected; }));
}

TEST_F(FileSinkHousekeeping, DeletesWhatGrowsTooOldWithTime) {
  auto settings = plain();
  settings.retention = map({{"max_age", 1h}});
  put(folder / "data.20261123T113000Z.ndjson", "old");
  set_modified(folder / "data.20261123T113000Z.ndjson", utc("2026-11-23 11:30:00"));
  start(settings);
  for (int minute = 0; minute < 40; ++minute) {
    bench.host.advance(1min);
    sink->tick();
  }
  EXPECT_TRUE(eventually([&] { return folder.names() == names{"data.ndjson"}; }));
}

TEST_F(FileSinkHousekeeping, StopsInTheMiddleOfALongCompression) {
  auto settings = plain();
  settings.compress = "gzip";
  const auto large = folder / "data.20261122T120000Z.ndjson";
  put(large, "");
  std::filesystem::resize_file(large, std::uintmax_t{64} << 30);  // a hole: minutes of work
  start(settings);
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(large + ".gz.part"); }));
  const auto begun = std::chrono::steady_clock::now();
  expect_delivered({1});  // which it does not keep from writing
  sink->request_stop();
  sink->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
  EXPECT_EQ(folder.names(), (names{"data.20261122T120000Z.ndjson", "data.ndjson"}));
}

}  // namespace
}  // namespace tidegate::testing
