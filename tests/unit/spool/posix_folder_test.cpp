// What only the real folder has: the system's calls and their odd ways, modes, threads. What it has in common
// with the simulated one is in folder_test.cpp.
#include "spool/posix_folder.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <thread>

#include "folder_support.hpp"
#include "private_mounts.hpp"
#include "system_calls.hpp"

namespace tidegate::spool {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const fs::path& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 07777u : 0;
}

class PosixFolder : public testing::Test {
 protected:
  PosixFolder() { EXPECT_FALSE(open_posix_folder(at_.path(), files_)); }

  std::shared_ptr<file> create(const std::string& name) {
    std::shared_ptr<file> made;
    EXPECT_FALSE(files_->create(name, made));
    return made;
  }

  temporary_folder at_;
  std::unique_ptr<folder> files_;
};

// ---- opening -----------------------------------------------------------------------------------

class umask_of_none {
 public:
  umask_of_none() : before_{::umask(0)} {}
  ~umask_of_none() { ::umask(before_); }

 private:
  mode_t before_;
};

TEST_F(PosixFolder, MakesWhatIsMissingForOwnerAndGroupAlone) {
  const umask_of_none mask;
  std::unique_ptr<folder> made;
  ASSERT_FALSE(open_posix_folder(at_ / "a/b/c/", made));
  EXPECT_EQ(mode_of(at_ / "a"), 0750u);
  EXPECT_EQ(mode_of(at_ / "a/b/c"), 0750u);
  std::shared_ptr<file> opened;
  ASSERT_FALSE(made->create("x", opened));
  EXPECT_EQ(mode_of(at_ / "a/b/c/x"), 0640u);
}

TEST_F(PosixFolder, ANewFolderIsMadeForGood) {
  ordered_calls calls;
  std::unique_ptr<folder> made;
  ASSERT_FALSE(open_posix_folder(at_ / "a/b/c", made));
  EXPECT_EQ(calls->synced, (std::vector<fs::path>{at_.path(), at_ / "a", at_ / "a/b"}))
      << "each folder that has got a new one in it";
}

TEST_F(PosixFolder, AFolderThatCannotBeMadeForGoodIsAnError) {
  ordered_calls calls;
  calls->fsync_error = EIO;
  std::unique_ptr<folder> made;
  EXPECT_EQ(open_posix_folder(at_ / "a/b", made), std::errc::io_error);
  EXPECT_FALSE(made);
}

TEST_F(PosixFolder, LeavesAFolderThatIsThereAsItIs) {
  fs::create_directory(at_ / "mine");
  fs::permissions(at_ / "mine", fs::perms::owner_all);
  ordered_calls calls;
  std::unique_ptr<folder> made;
  ASSERT_FALSE(open_posix_folder(at_ / "mine", made));
  EXPECT_EQ(mode_of(at_ / "mine"), 0700u);
  EXPECT_TRUE(calls->synced.empty());
}

TEST_F(PosixFolder, WhatIsNoFolderIsAnError) {
  create("x");
  std::unique_ptr<folder> made;
  EXPECT_EQ(open_posix_folder(at_ / "x", made), std::errc::not_a_directory);
  EXPECT_EQ(open_posix_folder(at_ / "x/y", made), std::errc::not_a_directory);
  EXPECT_EQ(open_posix_folder("", made), std::errc::no_such_file_or_directory);
  EXPECT_FALSE(made);
}

TEST_F(PosixFolder, StaysTheSameWhenItIsRenamed) {
  std::unique_ptr<folder> made;
  ASSERT_FALSE(open_posix_folder(at_ / "before", made));
  fs::rename(at_ / "before", at_ / "after");
  std::shared_ptr<file> opened;
  ASSERT_FALSE(made->create("x", opened));
  EXPECT_TRUE(fs::exists(at_ / "after/x"));
}

// ---- files -------------------------------------------------------------------------------------

TEST_F(PosixFolder, WritesMorePartsThanOneCallTakes) {
  const auto made = create("a");
  std::vector<std::string> texts;
  for (int each = 0; each < 3 * IOV_MAX + 7; ++each)
    texts.push_back(each % 5 == 0 ? "" : std::to_string(each) + ",");
  std::string all;
  std::vector<iovec> parts;
  for (auto& each : texts) {
    all += each;
    parts.push_back({each.data(), each.size()});
  }
  EXPECT_FALSE(made->write(3, parts));
  EXPECT_EQ(read_text(*made, 3), all);
}

TEST_F(PosixFolder, GoesOnAfterShortTransfersAndSignals) {
  for (const std::size_t at_once : {1, 2, 3, 7, 100}) {
    ordered_calls calls;
    calls->transfer_max = at_once;
    calls->interrupts = true;
    const auto made = create("a" + std::to_string(at_once));
    std::string texts[] = {"four", "", "", "letters in parts ", "x", ""};
    std::vector<iovec> parts;
    for (auto& each : texts) parts.push_back({each.data(), each.size()});
    EXPECT_FALSE(made->write(2, parts));
    EXPECT_EQ(read_text(*made, 2), "fourletters in parts x");
    EXPECT_FALSE(made->sync());
    EXPECT_FALSE(files_->sync());
    EXPECT_GE(calls->transfers, 2 * (22 / at_once));
    EXPECT_GE(calls->interruptions, 2 * calls->transfers);
  }
}

TEST_F(PosixFolder, TellsThatASyncFailed) {
  const auto made = create("a");
  ordered_calls calls;
  calls->fdatasync_error = EIO;
  EXPECT_EQ(made->sync(), std::errc::io_error);
  calls->fsync_error = EIO;
  EXPECT_EQ(files_->sync(), std::errc::io_error);
}

TEST_F(PosixFolder, AWriteOfWhichNothingArrivesIsAnErrorAndNoEndlessLoop) {
  const auto made = create("a");
  ordered_calls calls;
  calls->writes_nothing = true;
  EXPECT_EQ(write_text(*made, 0, "abc"), std::errc::io_error);
}

TEST_F(PosixFolder, WhatTheSystemDoesNotTellIsAnErrorAndNotZero) {
  const auto made = create("a");
  std::vector<std::string> names{"as before"};
  std::uint64_t bytes = 4711;
  ordered_calls calls;
  calls->fstat_error = EIO;
  EXPECT_EQ(made->size(bytes), std::errc::io_error);
  calls->fstatvfs_error = EIO;
  EXPECT_EQ(files_->free_space(bytes), std::errc::io_error);
  EXPECT_EQ(bytes, 4711u);
  calls->fdopendir_error = ENOMEM;
  EXPECT_EQ(files_->list(names), std::errc::not_enough_memory) << "it is not empty";
  EXPECT_EQ(names, std::vector<std::string>{"as before"});
}

TEST_F(PosixFolder, AFileSystemWithoutFoldersToSyncIsNoError) {
  ordered_calls calls;
  calls->fsync_error = EINVAL;
  EXPECT_FALSE(files_->sync());
}

TEST_F(PosixFolder, ListsRegularFilesAlone) {
  create("file");
  fs::create_directory(at_ / "folder");
  fs::create_symlink(at_ / "file", at_ / "link");
  ASSERT_EQ(::mkfifo((at_ / "pipe").c_str(), 0600), 0);
  std::vector<std::string> names;
  EXPECT_FALSE(files_->list(names));
  EXPECT_EQ(names, std::vector<std::string>{"file"});
}

TEST_F(PosixFolder, FollowsNoLinks) {
  create("file");
  fs::create_symlink(at_ / "file", at_ / "link");
  fs::create_symlink(at_ / "nothing", at_ / "dangling");
  std::shared_ptr<file> opened;
  EXPECT_EQ(files_->open("link", opened), std::errc::too_many_symbolic_link_levels);
  EXPECT_EQ(files_->create("dangling", opened), std::errc::file_exists);
  EXPECT_FALSE(fs::exists(at_ / "nothing"));
}

std::vector<int> descriptors_in(const fs::path& folder) {
  std::vector<int> found;
  for (const auto& each : fs::directory_iterator{"/proc/self/fd"}) {
    std::error_code ignored;
    const auto to = fs::read_symlink(each.path(), ignored).string();
    if (to.rfind(folder.string(), 0) == 0) found.push_back(std::stoi(each.path().filename()));
  }
  return found;
}

TEST_F(PosixFolder, LeavesNothingOpenAndNothingToOtherPrograms) {
  {
    const auto made = create("a");
    std::shared_ptr<file> again;
    EXPECT_FALSE(files_->open("a", again));
    std::vector<std::string> names;
    EXPECT_FALSE(files_->list(names));
    EXPECT_EQ(descriptors_in(at_.path()).size(), 3u);
    for (const int each : descriptors_in(at_.path())) EXPECT_EQ(::fcntl(each, F_GETFD), FD_CLOEXEC);
  }
  files_.reset();
  EXPECT_TRUE(descriptors_in(at_.path()).empty());
}

TEST_F(PosixFolder, FreeSpaceIsThatOfTheFileSystem) {
  std::uint64_t bytes = 0;
  EXPECT_FALSE(files_->free_space(bytes));
  EXPECT_GT(bytes, 0u);
  EXPECT_LE(bytes, fs::space(at_.path()).capacity);
}

TEST_F(PosixFolder, ManyThreadsReadBesideOneThatWrites) {
  constexpr std::size_t block = 4096;
  constexpr std::uint64_t blocks = 200;
  const auto made = create("a");
  std::atomic<std::uint64_t> written{0};
  std::atomic<int> wrong{0};
  const auto letter = [](std::uint64_t index) { return static_cast<char>('a' + index % 26); };
  std::vector<std::thread> readers;
  for (int each = 0; each < 3; ++each)
    readers.emplace_back([&] {
      for (std::uint64_t index = 0; index < blocks; ++index) {
        while (written.load() <= index) std::this_thread::yield();
        if (read_text(*made, index * block, block) != std::string(block, letter(index))) ++wrong;
      }
    });
  for (std::uint64_t index = 0; index < blocks; ++index) {
    EXPECT_FALSE(write_text(*made, index * block, std::string(block, letter(index))));
    ++written;
  }
  for (auto& each : readers) each.join();
  EXPECT_EQ(wrong, 0);
}

// ---- disks that are full or cannot be written ------------------------------------------------------

TEST(PosixFolderOnASmallDisk, AFullOneRefusesGrowthAndStillOverwrites) {
  const temporary_folder at;
  const auto outcome = in_private_mounts([&] {
    if (!mount_small_disk(at.path())) return outcome_of_mounts::not_here;
    std::unique_ptr<folder> files;
    std::shared_ptr<file> made;
    std::uint64_t left = 0;
    const bool held =
        !open_posix_folder(at.path(), files) && !files->create("a", made) &&
        !write_text(*made, 0, std::string(100'000, 'x')) &&
        write_text(*made, 100'000, std::string(10'000'000, 'y')) == std::errc::no_space_on_device &&
        !files->free_space(left) && left == 0 && !write_text(*made, 0, "again") &&
        read_text(*made, 0, 5) == "again" && !made->sync();
    return held ? outcome_of_mounts::held : outcome_of_mounts::broken;
  });
  if (outcome == outcome_of_mounts::not_here) GTEST_SKIP() << "no mounts here";
  EXPECT_EQ(outcome, outcome_of_mounts::held);
}

TEST(PosixFolderOnASmallDisk, WhatIsOnAReadOnlyOneCanBeRead) {
  const temporary_folder at;
  const auto outcome = in_private_mounts([&] {
    if (!mount_small_disk(at.path())) return outcome_of_mounts::not_here;
    std::unique_ptr<folder> files;
    std::shared_ptr<file> made;
    if (open_posix_folder(at.path(), files) || files->create("a", made) || write_text(*made, 0, "text"))
      return outcome_of_mounts::broken;
    made.reset();
    files.reset();
    if (!make_read_only(at.path())) return outcome_of_mounts::not_here;
    std::vector<std::string> names;
    const bool held = !open_posix_folder(at.path(), files) && !files->list(names) && names.size() == 1 &&
                      files->create("b", made) == std::errc::read_only_file_system &&
                      files->remove("a") == std::errc::read_only_file_system && !files->open("a", made) &&
                      read_text(*made) == "text" &&
                      write_text(*made, 0, "x") == std::errc::read_only_file_system;
    return held ? outcome_of_mounts::held : outcome_of_mounts::broken;
  });
  if (outcome == outcome_of_mounts::not_here) GTEST_SKIP() << "no mounts here";
  EXPECT_EQ(outcome, outcome_of_mounts::held);
}

TEST_F(PosixFolder, OpenedToReadItGivesWhatIsThereAndTakesNothing) {
  const auto made = create("a");
  EXPECT_FALSE(write_text(*made, 0, "abc"));
  EXPECT_FALSE(made->write(0, {})) << "no parts are no error";
  std::unique_ptr<folder> reading;
  ASSERT_FALSE(open_posix_folder_to_read(at_.path(), reading));
  std::shared_ptr<file> opened;
  ASSERT_FALSE(reading->open("a", opened));
  EXPECT_EQ(write_text(*opened, 0, "xyz"), std::errc::read_only_file_system);
  EXPECT_EQ(read_text(*opened), "abc");
}

}  // namespace
}  // namespace tidegate::spool
