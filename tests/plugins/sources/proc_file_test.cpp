#include "proc_file.hpp"

#include <gtest/gtest.h>

#include "made_up_folder.hpp"

namespace tidegate::common {
namespace {

using testing::made_up_folder;

TEST(ProcFile, ReadsWhatIsThereNowThroughTheSameDescriptor) {
  made_up_folder folder;
  file_buffer buffer;
  folder.write("stat", "one");
  proc_file file{folder.path("stat")};
  EXPECT_EQ(file.read(buffer), "one");
  folder.write("stat", "another");
  const auto descriptors = testing::open_descriptors();
  EXPECT_EQ(file.read(buffer), "another");
  EXPECT_EQ(testing::open_descriptors(), descriptors);
}

TEST(ProcFile, TheBufferGrowsToTheFile) {
  made_up_folder folder;
  file_buffer buffer;
  for (const std::size_t size : {1u, 4095u, 4096u, 4097u, 100'000u}) {
    const std::string text(size, 'x');
    folder.write("stat", text);
    proc_file file{folder.path("stat")};
    EXPECT_EQ(file.read(buffer), text);
    EXPECT_EQ(file.read_in_pieces(buffer), text);
  }
}

TEST(ProcFile, AFileThatComesLaterIsFound) {
  made_up_folder folder;
  file_buffer buffer;
  proc_file file{folder.path("stat")};
  EXPECT_FALSE(file.read(buffer));
  EXPECT_EQ(file.problem(), "cannot read " + folder.path("stat") + ": No such file or directory");
  folder.write("stat", "here");
  EXPECT_EQ(file.read(buffer), "here");
}

TEST(ProcFile, AFolderIsNotRead) {
  made_up_folder folder;
  file_buffer buffer;
  proc_file file{folder.path()};
  EXPECT_FALSE(file.read(buffer));
  EXPECT_EQ(file.problem(), "cannot read " + folder.path() + ": Is a directory");
  EXPECT_FALSE(file.is_open());
}

TEST(ProcFile, AFileBeyondTheLimitIsRefused) {
  made_up_folder folder;
  file_buffer buffer;
  folder.write("stat", std::string(proc_file::bytes_max, 'x'));
  proc_file file{folder.path("stat")};
  EXPECT_FALSE(file.read(buffer));
  EXPECT_EQ(file.problem(), "cannot read " + folder.path("stat") + ": File too large");
}

TEST(ProcFile, FilesThatTheKernelGivesInPiecesAreReadToTheEnd) {
  file_buffer buffer(7);
  proc_file file{"/proc/cpuinfo"};
  const auto text = file.read_in_pieces(buffer);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->substr(0, 9), "processor");
  EXPECT_EQ(text->substr(text->size() - 2), "\n\n");
}

}  // namespace
}  // namespace tidegate::common
