#include "plugin/file_check.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "folders.hpp"

namespace tidegate::plugin {
namespace {

TEST(FileCheck, TakesAFileOfTheUsersOwn) {
  const temporary_folder folder;
  const auto file = folder.write("x.so", "");
  EXPECT_EQ(check_file(file, {{folder.path()}, ::geteuid()}), "");
}

TEST(FileCheck, TrustsTheFilesOfOneUserBesideRoot) {
  const temporary_folder folder;
  const auto file = folder.write("x.so", "");
  const uid_t owner = ::geteuid() == 0 ? 4321 : ::geteuid();
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(file.c_str(), owner, owner), 0);
    ASSERT_EQ(::chown(folder.path().c_str(), owner, owner), 0);
  }
  EXPECT_EQ(check_file(file, {{folder.path()}, owner}), "");
  EXPECT_EQ(check_file(file, {{folder.path()}, owner + 1}),
            "belongs to user " + std::to_string(owner) + ", not to root or user " +
                std::to_string(owner + 1) + "; run: chown root " + file.string());
}

TEST(FileCheck, RefusesAFileBelowTheFoldersThatIsNotInThem) {
  const temporary_folder folder;
  std::filesystem::create_directory(folder / "below");
  const auto file = folder.write("below/x.so", "");
  std::filesystem::create_symlink(file, folder / "x.so");
  EXPECT_EQ(
      check_file(folder / "x.so", {{folder.path()}, ::geteuid()}),
      "is a symbolic link to " + file.string() + ", outside the plugin folders; copy the file there instead");
}

TEST(FileCheck, LooksAtWhatALinkLeadsTo) {
  const temporary_folder folder;
  const auto file = folder.write("real.so", "");
  folder.mode(file, 0646);
  std::filesystem::create_symlink("real.so", folder / "x.so");
  EXPECT_EQ(check_file(folder / "x.so", {{folder.path()}, ::geteuid()}),
            "may be written by others (mode 0646); run: chmod go-w " + file.string());
}

}  // namespace
}  // namespace tidegate::plugin
