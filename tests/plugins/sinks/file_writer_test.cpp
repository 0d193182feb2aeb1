#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file_support.hpp"

namespace tidegate::testing {
namespace {

// A folder in which nobody, not even root, can rename: files can be made there and nothing else.
class append_only_folder {
 public:
  explicit append_only_folder(std::string path) : path_{std::move(path)} {
    if (::system(("chattr +a " + path_ + " 2>/dev/null").c_str()) != 0)
      problem_ = "chattr +a is not possible here; it needs root and a file system that has it";
  }
  ~append_only_folder() { unlock(); }
  append_only_folder(const append_only_folder&) = delete;
  append_only_folder& operator=(const append_only_folder&) = delete;

  void unlock() const {
    if (problem_.empty() && ::system(("chattr -a " + path_).c_str()) != 0) std::abort();
  }
  const std::string& problem() const { return problem_; }

 private:
  std::string path_;
  std::string problem_;
};

class FileSink : public file_sink_test {};

TEST_F(FileSink, AppendsEachDeliveryAndAnswersAtOnce) {
  start(plain());
  expect_delivered({1, 2});
  expect_delivered({3});
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
  EXPECT_EQ(bench.host.metric("written_bytes_total"), 24);
}

TEST_F(FileSink, MakesMissingFoldersWithTheModeOfTheFile) {
  auto settings = plain();
  settings.path = folder / "a/b/data.ndjson";
  settings.mode = "0664";
  const auto before = ::umask(0022);
  start(settings);
  ::umask(before);
  struct stat found {};
  ASSERT_EQ(::stat(settings.path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0664U) << "whatever the umask";
  ASSERT_EQ(::stat((folder / "a/b").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0755U) << "0775 without the umask's 022";
}

TEST_F(FileSink, GoesOnAtTheEndAfterARestart) {
  start(plain());
  expect_delivered({1});
  restart(plain());
  expect_delivered({2});
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":1}\n{\"n\":2}\n");
  EXPECT_EQ(bench.log(), "");
}

TEST_F(FileSink, EndsPayloadsOfTextWithANewlineAndOthersNot) {
  auto settings = plain();
  settings.encoding = "json";
  start(settings);
  expect_delivered({1, 2});
  expect_delivered({3});
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
  settings.path = folder / "data.cbor";
  settings.encoding = "cbor";
  start(settings);
  expect_delivered({1});
  expect_delivered({2});
  EXPECT_EQ(content(folder / "data.cbor"), "{\"n\":1}{\"n\":2}");
}

TEST_F(FileSink, BeginsEachNewFileWithThePreambleAndNoOther) {
  auto settings = plain();
  settings.encoding = "csv";
  settings.path = folder / "%H.csv";
  start(settings);
  expect_delivered({1});
  restart(settings);
  expect_delivered({2});
  bench.host.advance(1h);
  expect_delivered({3});
  EXPECT_EQ(content(folder / "12.csv"), "n\n1\n2\n");
  EXPECT_EQ(content(folder / "13.csv"), "n\n3\n");
}

TEST_F(FileSink, RejectsWhatCannotBeEncoded) {
  auto settings = plain();
  settings.encoding = "broken";
  start(settings);
  const auto answer = write({1});
  EXPECT_EQ(answer.kind, std::uint32_t{TIDEGATE_REJECTED});
  EXPECT_EQ(answer.reason, "no sample fits");
}

// ---- rotation ------------------------------------------------------------------------------------

TEST_F(FileSink, RotatesBySizeWithoutSplittingADelivery) {
  auto settings = plain();
  settings.rotation = map({{"max_size", 16}});
  start(settings);
  expect_delivered({1});
  expect_delivered({2});
  expect_delivered({3, 4, 5});
  bench.host.advance(1s);
  expect_delivered({6});
  EXPECT_EQ(folder.names(),
            (names{"data.20261123T120000Z.ndjson", "data.20261123T120001Z.ndjson", "data.ndjson"}));
  EXPECT_EQ(content(folder / "data.20261123T120000Z.ndjson"), "{\"n\":1}\n{\"n\":2}\n");
  EXPECT_EQ(content(folder / "data.20261123T120001Z.ndjson"), "{\"n\":3}\n{\"n\":4}\n{\"n\":5}\n");
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":6}\n");
  EXPECT_EQ(bench.host.metric("rotated_files_total"), 2);
}

TEST_F(FileSink, NeverOverwritesARotatedFile) {
  auto settings = plain();
  settings.rotation = map({{"max_size", 8}});
  put(folder / "data.20261123T120000Z.ndjson", "precious");
  start(settings);
  for (std::int64_t n = 1; n <= 4; ++n) expect_delivered({n});
  EXPECT_EQ(folder.names(),
            (names{"data.20261123T120000Z-1.ndjson", "data.20261123T120000Z-2.ndjson",
                   "data.20261123T120000Z-3.ndjson", "data.20261123T120000Z.ndjson", "data.ndjson"}));
  EXPECT_EQ(content(folder / "data.20261123T120000Z.ndjson"), "precious");
}

TEST_F(FileSink, RotatesByAgeAlsoWhenNothingIsWrittenAndOverARestart) {
  auto settings = plain();
  settings.rotation = map({{"max_age", 1h}});
  start(settings);
  bench.host.advance(50min);  // an empty file does not age
  expect_delivered({1});
  bench.host.advance(30min);
  restart(settings);
  expect_delivered({2});
  bench.host.advance(29min);
  sink->tick();
  EXPECT_EQ(folder.names(), names{"data.ndjson"});
  bench.host.advance(1min);
  sink->tick();
  EXPECT_EQ(folder.names(), names{"data.20261123T135000Z.ndjson"});
  expect_delivered({3});
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":3}\n");
}

TEST_F(FileSink, RotatesAtATimeOfDayOfTheLocalZone) {
  const time_zone berlin{"Europe/Berlin"};
  auto settings = plain();
  settings.zone = "local";
  settings.rotation = map({{"at", "00:00"}});
  bench.host.set_utc(utc("2026-03-28 22:59:59"));
  start(settings);
  expect_delivered({1});
  bench.host.set_utc(utc("2026-03-28 23:00:00"));
  expect_delivered({2});
  bench.host.set_utc(utc("2026-03-29 21:59:59"));  // the day has 23 hours
  expect_delivered({3});
  bench.host.set_utc(utc("2026-03-29 22:00:00"));
  expect_delivered({4});
  EXPECT_EQ(content(folder / "data.20260328T230000Z.ndjson"), "{\"n\":1}\n");
  EXPECT_EQ(content(folder / "data.20260329T220000Z.ndjson"), "{\"n\":2}\n{\"n\":3}\n");
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":4}\n");
}

TEST_F(FileSink, RotatesAtStartWhatWasDueWhileTheProgramWasOff) {
  auto settings = plain();
  settings.rotation = map({{"at", "00:00"}});
  start(settings);
  expect_delivered({1});
  bench.host.advance(24h);
  restart(settings);
  EXPECT_EQ(folder.names(), names{"data.20261124T120000Z.ndjson"});
}

TEST_F(FileSink, ClosesAFileWhoseNameHasPassedAlthoughNothingIsWritten) {
  auto settings = plain();
  settings.path = folder / "%Y-%m-%d.ndjson";
  bench.host.set_utc(utc("2026-11-23 23:59:30"));
  start(settings);
  expect_delivered({1});
  ASSERT_TRUE(bench.host.timer());
  EXPECT_EQ(*bench.host.timer(), 30s) << "the next full minute";
  bench.host.advance(30s);
  sink->tick();
  EXPECT_EQ(*bench.host.timer(), 1min);
  const file_sink::descriptor old{::open((folder / "2026-11-23.ndjson").c_str(), O_RDWR)};
  EXPECT_EQ(::flock(old.get(), LOCK_EX | LOCK_NB), 0) << "still locked";
  EXPECT_EQ(folder.names(), names{"2026-11-23.ndjson"}) << "no empty file for a day without samples";
}

TEST_F(FileSink, NeedsNoTimerWithoutAnythingThatDependsOnTime) {
  start(plain());
  expect_delivered({1});
  EXPECT_FALSE(bench.host.timer());
}

TEST_F(FileSink, CountsTheAgeOfAFileThatItFindsFromWhenItWasLastWritten) {
  auto settings = plain();
  settings.rotation = map({{"max_age", 1h}});
  put(settings.path, "{}\n");
  set_modified(settings.path, utc("2026-11-23 11:00:01"));
  start(settings);
  EXPECT_EQ(folder.names(), names{"data.ndjson"});
  set_modified(settings.path, utc("2026-11-23 11:00:00"));
  bench.host.set_state("file", "");
  restart(settings);
  EXPECT_EQ(folder.names(), names{"data.20261123T120000Z.ndjson"});
}

TEST_F(FileSink, GoesOnWritingWhereItCannotRename) {
  auto settings = plain();
  settings.rotation = map({{"max_size", 8}});
  start(settings);
  expect_delivered({1});
  const append_only_folder locked{folder.path()};
  if (!locked.problem().empty()) GTEST_SKIP() << locked.problem();
  expect_delivered({2});
  expect_delivered({3});
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
  EXPECT_EQ(bench.log(),
            "cannot rename " + (folder / "data.ndjson") +
                " to data.20261123T120000Z.ndjson: Operation not permitted; the file grows on\n");
}

// ---- others at work ------------------------------------------------------------------------------

TEST_F(FileSink, OpensThePathAnewAfterLogrotateHasRenamedTheFile) {
  start(plain());
  expect_delivered({1});
  std::filesystem::rename(folder / "data.ndjson", folder / "data.ndjson.1");
  expect_delivered({2});  // not looked at more than once a second
  bench.host.advance(1s);
  expect_delivered({3});
  EXPECT_EQ(content(folder / "data.ndjson.1"), "{\"n\":1}\n{\"n\":2}\n");
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":3}\n");
  EXPECT_EQ(bench.log(),
            (folder / "data.ndjson") + " was renamed or removed by someone else; it is opened anew\n");
}

TEST_F(FileSink, WritesIntoTheFileThatLogrotateHasCreated) {
  start(plain());
  expect_delivered({1});
  std::filesystem::rename(folder / "data.ndjson", folder / "data.ndjson.1");
  put(folder / "data.ndjson", "");
  ::chmod((folder / "data.ndjson").c_str(), 0600);
  bench.host.advance(1s);
  expect_delivered({2});
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":2}\n");
  struct stat found {};
  ::stat((folder / "data.ndjson").c_str(), &found);
  EXPECT_EQ(found.st_mode & 0777, 0600U) << "the mode is the creator's";
}

TEST_F(FileSink, GoesOnAtTheBeginningAfterCopytruncate) {
  auto settings = plain();
  settings.encoding = "csv";
  settings.rotation = map({{"max_age", 1h}});
  start(settings);
  expect_delivered({1, 2, 3});
  bench.host.advance(59min);
  std::filesystem::copy_file(folder / "data.ndjson", folder / "data.ndjson.1");
  ASSERT_EQ(::truncate((folder / "data.ndjson").c_str(), 0), 0);
  expect_delivered({4});
  bench.host.advance(1min);
  expect_delivered({5});  // not due: the file begins with the truncation
  EXPECT_EQ(content(folder / "data.ndjson"), "n\n4\n5\n");
  EXPECT_EQ(content(folder / "data.ndjson.1"), "n\n1\n2\n3\n");
}

TEST_F(FileSink, MakesARemovedFileAndItsFolderAgain) {
  auto settings = plain();
  settings.path = folder / "sub/data.ndjson";
  start(settings);
  expect_delivered({1});
  std::filesystem::remove_all(folder / "sub");
  bench.host.advance(1s);
  expect_delivered({2});
  EXPECT_EQ(content(settings.path), "{\"n\":2}\n");
}

TEST_F(FileSink, RetriesWhileTheFolderCannotBeMadeAndComesBackWithIt) {
  auto settings = plain();
  settings.path = folder / "sub/data.ndjson";
  start(settings);
  expect_delivered({1});
  std::filesystem::remove_all(folder / "sub");
  put(folder / "sub", "a file where the folder was");
  bench.host.advance(1s);
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto answer = write({2});
    EXPECT_EQ(answer.kind, std::uint32_t{TIDEGATE_RETRY});
    EXPECT_EQ(answer.reason, "cannot open " + settings.path + ": Not a directory");
  }
  std::filesystem::remove(folder / "sub");
  expect_delivered({2});
  EXPECT_EQ(content(settings.path), "{\"n\":2}\n");
}

TEST_F(FileSink, RefusesAPathThatAnotherSinkWrites) {
  start(plain());
  file_sink::file_writer second{bench.host.sink(), plain().options()};
  try {
    second.start();
    FAIL() << "two sinks write one file";
  } catch (const tidegate::error& thrown) {
    EXPECT_EQ(thrown.status(), TIDEGATE_ERROR_TEMPORARY);
    EXPECT_EQ(thrown.what(),
              (folder / "data.ndjson") +
                  " is being written by another sink of this program; give each file sink a path of its own");
  }
  sink->stop();
  second.start();
}

TEST_F(FileSink, NamesTheProcessThatWritesThePath) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const auto child = ::fork();
  if (child == 0) {
    const int file = ::open((folder / "data.ndjson").c_str(), O_RDWR | O_CREAT, 0600);
    if (::flock(file, LOCK_EX) == 0 && ::write(ready[1], "x", 1) == 1) ::pause();
    ::_exit(1);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  std::string said;
  try {
    start(plain());
  } catch (const tidegate::error& thrown) {
    said = thrown.what();
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  const auto expected =
      (folder / "data.ndjson") + " is being written by process " + std::to_string(child) + " ('";
  EXPECT_EQ(said.substr(0, expected.size()), expected);
  sink->start();  // the lock ended with its process
}

TEST_F(FileSink, RefusesWhatIsNoRegularFile) {
  auto settings = plain();
  ASSERT_EQ(::mkfifo(settings.path.c_str(), 0600), 0);
  try {
    start(settings);
    FAIL() << "a pipe was opened";
  } catch (const tidegate::error& thrown) {
    EXPECT_EQ(thrown.what(),
              settings.path + " is not a regular file; the sink 'console' writes to standard output");
  }
}

// ---- acknowledging after fsync -------------------------------------------------------------------

class FileSinkWithFsync : public file_sink_test {
 protected:
  file_settings fsync_each(std::chrono::nanoseconds interval) const {
    auto settings = plain();
    settings.acknowledge = "fsync";
    settings.fsync_interval = interval;
    return settings;
  }
};

TEST_F(FileSinkWithFsync, AnswersOnlyAfterTheCommonFsync) {
  start(fsync_each(1s));
  bench.hand_over(*sink, {1});
  bench.host.advance(400ms);
  bench.hand_over(*sink, {2});
  EXPECT_EQ(bench.host.completions().size(), 0U);
  EXPECT_EQ(system.syncs, 0);
  EXPECT_EQ(bench.host.timer_requests(), (std::vector<std::chrono::nanoseconds>{1s}))
      << "from the first of them";
  bench.host.advance(600ms);
  sink->tick();
  EXPECT_EQ(system.syncs, 1);
  EXPECT_EQ(bench.answers(TIDEGATE_DELIVERED), 2U);
  bench.host.advance(10s);
  sink->tick();
  EXPECT_EQ(system.syncs, 1) << "nothing was written since";
}

TEST_F(FileSinkWithFsync, SynchronisesEachDeliveryIfThereIsNoInterval) {
  start(fsync_each(0s));
  expect_delivered({1});
  expect_delivered({2});
  EXPECT_EQ(system.syncs, 2);
}

TEST_F(FileSinkWithFsync, NeverHoldsBackMoreThanItsWindow) {
  start(fsync_each(1min));
  for (std::uint32_t n = 0; n < file_sink::file_writer::window; ++n) bench.hand_over(*sink, {n});
  EXPECT_EQ(system.syncs, 1);
  EXPECT_EQ(bench.answers(TIDEGATE_DELIVERED), file_sink::file_writer::window);
}

TEST_F(FileSinkWithFsync, SynchronisesBeforeAFileIsClosed) {
  auto settings = fsync_each(1min);
  settings.rotation = map({{"max_size", 8}});
  start(settings);
  bench.hand_over(*sink, {1});
  bench.hand_over(*sink, {2});
  EXPECT_EQ(system.syncs, 1);
  EXPECT_EQ(bench.answers(TIDEGATE_DELIVERED), 1U);
  sink->stop();
  EXPECT_EQ(system.syncs, 2);
  EXPECT_EQ(bench.answers(TIDEGATE_DELIVERED), 2U);
}

TEST_F(FileSinkWithFsync, NeverTrustsAFileAgainWhoseFsyncFailed) {
  start(fsync_each(1s));
  bench.hand_over(*sink, {1});
  bench.hand_over(*sink, {2});
  system.sync_error = EIO;
  bench.host.advance(1s);
  sink->tick();
  const auto reason = "cannot sync " + (folder / "data.ndjson") + ": Input/output error";
  ASSERT_EQ(bench.host.completions().size(), 2U);
  for (const auto& each : bench.host.completions()) {
    EXPECT_EQ(each.kind, std::uint32_t{TIDEGATE_RETRY});
    EXPECT_EQ(each.reason, reason);
  }
  EXPECT_EQ(bench.log(), reason + "; this file is not written any more, and is kept as " +
                             (folder / "data.20261123T120001Z.ndjson") + "\n");
  system.sync_error = 0;
  bench.hand_over(*sink, {1, 2});
  bench.host.advance(1s);
  sink->tick();
  EXPECT_EQ(bench.answers(TIDEGATE_DELIVERED), 1U);
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":1}\n{\"n\":2}\n");
  EXPECT_EQ(content(folder / "data.20261123T120001Z.ndjson"), "{\"n\":1}\n{\"n\":2}\n");
}

TEST_F(FileSinkWithFsync, WritesNothingRatherThanToAFileThatCouldNotBePutAside) {
  start(fsync_each(0s));
  system.sync_error = EIO;
  const append_only_folder locked{folder.path()};
  if (!locked.problem().empty()) GTEST_SKIP() << locked.problem();
  EXPECT_EQ(write({1}).kind, std::uint32_t{TIDEGATE_RETRY});
  system.sync_error = 0;
  EXPECT_EQ(write({1}).reason,
            "cannot write " + (folder / "data.ndjson") + ": an fsync of it failed; rename or remove it");
  locked.unlock();
  expect_delivered({1});
  EXPECT_EQ(folder.names(), (names{"data.20261123T120000Z.ndjson", "data.ndjson"}));
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":1}\n");
}

TEST_F(FileSinkWithFsync, RetriesWhatIsUnsynchronisedWhenItStopsAndCannot) {
  start(fsync_each(1s));
  bench.hand_over(*sink, {1});
  system.sync_error = EIO;
  sink->stop();
  EXPECT_EQ(bench.answers(TIDEGATE_RETRY), 1U);
}

}  // namespace
}  // namespace tidegate::testing
