// Full disks, kill -9, and what is found after them.
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "file_support.hpp"

namespace tidegate::testing {
namespace {

class FileSinkInTrouble : public file_sink_test {};

TEST_F(FileSinkInTrouble, TakesBackWhatWasWrittenInPart) {
  start(plain());
  expect_delivered({1});
  system.write_error = ENOSPC;
  system.write_at_most = 5;
  const auto answer = write({2, 3});
  EXPECT_EQ(answer.kind, std::uint32_t{TIDEGATE_RETRY});
  EXPECT_EQ(answer.reason,
            "cannot write 11 bytes to " + (folder / "data.ndjson") + ": No space left on device");
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":1}\n");
  system.write_error = 0;
  expect_delivered({2, 3});
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
}

TEST_F(FileSinkInTrouble, WritesThePreambleWithTheFirstPayloadThatFits) {
  auto settings = plain();
  settings.encoding = "csv";
  start(settings);
  system.write_error = ENOSPC;
  system.write_at_most = 3;
  EXPECT_EQ(write({1}).kind, std::uint32_t{TIDEGATE_RETRY});
  EXPECT_EQ(content(folder / "data.ndjson"), "");
  system.write_error = 0;
  expect_delivered({1});
  EXPECT_EQ(content(folder / "data.ndjson"), "n\n1\n");
}

TEST_F(FileSinkInTrouble, MendsTheEndAnewIfItCouldNotBeTakenBack) {
  start(plain());
  expect_delivered({1});
  system.write_error = EIO;
  system.write_at_most = 5;
  system.truncate_error = EIO;
  EXPECT_EQ(write({2}).reason,
            "cannot write 3 bytes to " + (folder / "data.ndjson") + ": Input/output error");
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":1}\n{\"n\":");
  EXPECT_EQ(write({2}).reason, "cannot truncate " + (folder / "data.ndjson") + ": Input/output error");
  system.write_error = 0;
  system.truncate_error = 0;
  expect_delivered({2});
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":1}\n{\"n\":2}\n");
}

// ---- a last line that was cut off ----------------------------------------------------------------

TEST_F(FileSinkInTrouble, CutsALineThatACrashLeftIncomplete) {
  start(plain());
  expect_delivered({1});
  sink->stop();
  std::ofstream{folder / "data.ndjson", std::ios::app} << "{\"n\":2}\n{\"n\"";
  start(plain());
  expect_delivered({3});
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
  EXPECT_EQ(bench.log(),
            (folder / "data.ndjson") +
                " ended within a line: 4 bytes were cut off; the sample was not acknowledged and is "
                "written again\n");
}

TEST_F(FileSinkInTrouble, FindsTheEndOfTheLastLineHoweverFarBackItIs) {
  start(plain());
  expect_delivered({1});
  sink->stop();
  std::ofstream{folder / "data.ndjson", std::ios::app} << std::string(200'000, 'x');
  start(plain());
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":1}\n");
  sink->stop();
  std::ofstream{folder / "data.ndjson", std::ios::trunc} << std::string(65'536, 'x');
  start(plain());
  EXPECT_EQ(content(folder / "data.ndjson"), "");
}

TEST_F(FileSinkInTrouble, TakesNothingAwayFromAFileThatItHasNotWritten) {
  put(folder / "data.ndjson", "someone's notes\nwithout an end");
  start(plain());
  expect_delivered({1});
  EXPECT_EQ(content(folder / "data.ndjson"), "someone's notes\nwithout an end\n{\"n\":1}\n");
  EXPECT_EQ(bench.log(),
            (folder / "data.ndjson") +
                " ended within a line that this sink has not written as far as it knows: the line was "
                "kept and ended\n");
}

TEST_F(FileSinkInTrouble, TakesNothingAwayFromAFileThatHasTakenThePlaceOfItsOwn) {
  start(plain());
  expect_delivered({1});
  sink->stop();
  put(folder / "new", "someone's notes");
  std::filesystem::rename(folder / "new", folder / "data.ndjson");
  start(plain());
  EXPECT_EQ(content(folder / "data.ndjson"), "someone's notes\n");
}

TEST_F(FileSinkInTrouble, WorksWithoutAStateButCutsNothingThen) {
  bench.host.fail_state("the state folder is read-only");
  start(plain());
  expect_delivered({1});
  sink->stop();
  std::ofstream{folder / "data.ndjson", std::ios::app} << "{\"n\"";
  start(plain());
  expect_delivered({2});
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":1}\n{\"n\"\n{\"n\":2}\n");
  EXPECT_NE(bench.log().find("cannot remember the file that is being written: the state folder is read-only"),
            std::string::npos);
}

TEST_F(FileSinkInTrouble, LeavesTheEndOfBinaryFilesAlone) {
  auto settings = plain();
  settings.encoding = "cbor";
  start(settings);
  expect_delivered({1});
  restart(settings);
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":1}");
  EXPECT_EQ(bench.log(), "");
}

TEST_F(FileSinkInTrouble, BeginsAnewWhereACrashMayHaveLeftHalfAPayloadOfBytes) {
  auto settings = plain();
  settings.encoding = "cbor";
  start(settings);
  expect_delivered({1});
  sink.reset();  // not stopped
  std::ofstream{folder / "data.ndjson", std::ios::app} << "{\"n\"";
  start(settings);
  expect_delivered({2});
  restart(settings);
  expect_delivered({3});
  const auto kept = folder / "data.20261123T120000Z.ndjson";
  EXPECT_EQ(content(kept), "{\"n\":1}{\"n\"");
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":2}{\"n\":3}");
  EXPECT_EQ(bench.log(), (folder / "data.ndjson") +
                             " is not written any more: it was not closed in order, and its last payload may "
                             "be incomplete; it is kept as " +
                             kept + "\n");
}

TEST_F(FileSinkInTrouble, GoesOnBehindTheBytesOfSomeoneElse) {
  auto settings = plain();
  settings.encoding = "cbor";
  put(folder / "data.ndjson", "{\"n\":0}");
  start(settings);
  expect_delivered({1});
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":0}{\"n\":1}");
  EXPECT_EQ(bench.log(), "");
}

// ---- kill -9 -------------------------------------------------------------------------------------

// Kills its own process in the middle of a write.
class deadly_file_system : public file_sink::file_system {
 public:
  ssize_t writev(int file, const iovec* parts, int count) override {
    if (++writes_ < 3) return file_system::writev(file, parts, count);
    iovec some = parts[0];
    some.iov_len -= 3;
    if (file_system::writev(file, &some, 1) > 0) ::raise(SIGKILL);
    return -1;
  }

 private:
  int writes_ = 0;
};

// The state of the sink that was killed, as its host had it on disk.
void keep_state(const testing::host& host, const std::string& path) {
  if (const auto state = host.state("file")) put(path, *state);
}

TEST_F(FileSinkInTrouble, MendsTheEndAfterAKillWithinAWrite) {
  const auto child = ::fork();
  if (child == 0) {
    deadly_file_system deadly;
    file_sink::file_writer dying{bench.host.sink(), plain().options(), deadly};
    dying.start();
    bench.write(dying, {1, 2});
    keep_state(bench.host, folder / "state");
    bench.write(dying, {3});
    bench.write(dying, {4, 5});
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_EQ(content(folder / "data.ndjson"), "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n{\"n\":4}\n{\"n\":");
  bench.host.set_state("file", content(folder / "state"));
  start(plain());
  expect_delivered({4, 5});
  EXPECT_EQ(content(folder / "data.ndjson"),
            "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n{\"n\":4}\n{\"n\":4}\n{\"n\":5}\n")
      << "a whole line of an unanswered delivery comes again: at least once";
}

TEST_F(FileSinkInTrouble, LosesNothingAcknowledgedAndLeavesNoTornLineOverRandomKills) {
  constexpr int kills = 6;
  constexpr std::int64_t samples = 20'000;  // about 300 KB a delivery
  for (int round = 0; round < kills; ++round) {
    int answered[2];
    ASSERT_EQ(::pipe(answered), 0);
    const auto child = ::fork();
    if (child == 0) {
      if (round > 0) bench.host.set_state("file", content(folder / "state"));
      file_sink::file_writer dying{bench.host.sink(), plain().options()};
      dying.start();
      std::vector<std::int64_t> numbers(samples);
      for (std::int64_t first = round * 100'000'000;; first += samples) {
        for (std::int64_t n = 0; n < samples; ++n) numbers[static_cast<std::size_t>(n)] = first + n;
        if (first == round * 100'000'000) {
          bench.write(dying, {first - 1});
          keep_state(bench.host, folder / "state");
        }
        const bool delivered = bench.write(dying, numbers).kind == TIDEGATE_DELIVERED;
        if (!delivered || ::write(answered[1], "x", 1) != 1) ::_exit(1);
      }
    }
    ::close(answered[1]);
    char byte = 0;
    for (int count = 0; count < 2 + round; ++count) ASSERT_EQ(::read(answered[0], &byte, 1), 1);
    ::kill(child, SIGKILL);
    std::int64_t acknowledged = 2 + round;
    while (::read(answered[0], &byte, 1) == 1) ++acknowledged;
    ::close(answered[0]);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);

    bench.host.set_state("file", content(folder / "state"));
    start(plain());
    sink->stop();
    std::ifstream file{folder / "data.ndjson"};
    std::int64_t expected = round * 100'000'000 - 1;
    std::int64_t found = 0;
    for (std::string line; std::getline(file, line);) {
      long long n = -2;
      char end = 0;
      ASSERT_EQ(std::sscanf(line.c_str(), "{\"n\":%lld%c", &n, &end), 2) << line;
      ASSERT_EQ(end, '}') << line;
      if (n < round * 100'000'000 - 1) continue;
      ASSERT_EQ(n, expected++);
      ++found;
    }
    EXPECT_GE(found - 1, acknowledged * samples);
  }
}

// ---- full disks ----------------------------------------------------------------------------------

// A file system of 256 KiB, in a mount table of its own, so that nothing is left of it after the process.
class small_disk {
 public:
  explicit small_disk(const std::string& path) : path_{path} {
    std::filesystem::create_directory(path);
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=256k") != 0)
      problem_ = std::string{"cannot mount a small file system: "} + std::strerror(errno);
  }
  ~small_disk() {
    if (problem_.empty()) ::umount2(path_.c_str(), MNT_DETACH);
  }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;
  const std::string& problem() const { return problem_; }

 private:
  std::string path_;
  std::string problem_;
};

TEST_F(FileSinkInTrouble, RetriesOnAFullDiskAndGoesOnOnceThereIsSpace) {
  const small_disk disk{folder / "disk"};
  if (!disk.problem().empty()) GTEST_SKIP() << disk.problem();
  auto settings = plain();
  settings.path = folder / "disk/data.ndjson";
  start(settings);
  std::int64_t next = 1'000'000;
  std::string expected;
  completion answer;
  for (;;) {
    std::vector<std::int64_t> numbers;
    std::string lines;
    for (int count = 0; count < 2000; ++count) {
      numbers.push_back(next++);
      lines += "{\"n\":" + std::to_string(numbers.back()) + "}\n";
    }
    answer = write(numbers);
    if (answer.kind != TIDEGATE_DELIVERED) break;
    expected += lines;
    ASSERT_LT(expected.size(), 300'000U);
  }
  EXPECT_EQ(answer.kind, std::uint32_t{TIDEGATE_RETRY});
  EXPECT_NE(answer.reason.find("to " + settings.path + ": No space left on device"), std::string::npos)
      << answer.reason;
  EXPECT_EQ(content(settings.path), expected) << "the part that fitted was taken back";
  EXPECT_EQ(write({1, 2}).kind, std::uint32_t{TIDEGATE_DELIVERED}) << "what fits is still taken";
  expected += "{\"n\":1}\n{\"n\":2}\n";

  put(folder / "disk/filler", std::string(250'000, 'x'));
  ASSERT_EQ(write(std::vector<std::int64_t>(2000, 7)).kind, std::uint32_t{TIDEGATE_RETRY});
  std::filesystem::remove(folder / "disk/filler");
  std::filesystem::rename(settings.path, folder / "disk/moved");
  EXPECT_EQ(content(folder / "disk/moved"), expected);
  std::filesystem::resize_file(folder / "disk/moved", 0);
  bench.host.advance(1s);
  expect_delivered({8});
  EXPECT_EQ(content(settings.path), "{\"n\":8}\n");
}

TEST_F(FileSinkInTrouble, RetriesAtALimitOfTheSizeOfFiles) {
  start(plain());
  expect_delivered({1});
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto limited = before;
  limited.rlim_cur = 20;
  const auto old_action = ::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &limited);
  const auto answer = write({2, 3, 4});
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, old_action);
  EXPECT_EQ(answer.kind, std::uint32_t{TIDEGATE_RETRY});
  EXPECT_EQ(answer.reason, "cannot write 12 bytes to " + (folder / "data.ndjson") + ": File too large");
  EXPECT_EQ(content(folder / "data.ndjson"), "{\"n\":1}\n");
  expect_delivered({2, 3, 4});
}

}  // namespace
}  // namespace tidegate::testing
