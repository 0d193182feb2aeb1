// What folder.hpp promises, of the real folder and of the one that tests use in its place.
#include "spool/folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "folder_support.hpp"
#include "simulated_folder.hpp"
#include "spool/posix_folder.hpp"

namespace tidegate::spool {
namespace {

struct place {
  virtual ~place() = default;
  virtual folder& files() = 0;
};

struct real_place final : place {
  real_place() { EXPECT_FALSE(open_posix_folder(at / "spool", opened)); }
  folder& files() override { return *opened; }
  temporary_folder at;
  std::unique_ptr<folder> opened;
};

struct simulated_place final : place {
  folder& files() override { return made; }
  simulated_folder made;
};

class Folder : public testing::TestWithParam<const char*> {
 protected:
  Folder() {
    if (std::string{GetParam()} == "real") {
      place_ = std::make_unique<real_place>();
    } else {
      place_ = std::make_unique<simulated_place>();
    }
  }

  folder& files() { return place_->files(); }
  std::shared_ptr<file> create(const std::string& name, const std::string& text = {}) {
    std::shared_ptr<file> made;
    EXPECT_FALSE(files().create(name, made));
    EXPECT_FALSE(write_text(*made, 0, text));
    return made;
  }
  std::string text_of(const std::string& name) {
    std::shared_ptr<file> opened;
    const auto failed = files().open(name, opened);
    return failed ? failed.message() : read_text(*opened);
  }
  std::vector<std::string> names() {
    std::vector<std::string> found{"left from before"};
    EXPECT_FALSE(files().list(found));
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  std::unique_ptr<place> place_;
};

using strings = std::vector<std::string>;

TEST_P(Folder, GivesBackWhatWasWritten) {
  const auto made = create("a", "hello");
  EXPECT_FALSE(write_text(*made, 3, "p me"));
  EXPECT_EQ(read_text(*made), "help me");
  EXPECT_EQ(size_of(*made), 7u);
  EXPECT_FALSE(made->sync());
  EXPECT_EQ(text_of("a"), "help me");
}

TEST_P(Folder, WritesThePartsOneBehindTheOther) {
  const auto made = create("a");
  std::string texts[] = {"one ", "", "two ", "three"};
  std::vector<iovec> parts;
  for (auto& each : texts) parts.push_back({each.data(), each.size()});
  EXPECT_FALSE(made->write(2, parts));
  EXPECT_EQ(read_text(*made), (std::string{"\0\0one two three", 15}));
  EXPECT_FALSE(made->write(0, {}));
  EXPECT_EQ(size_of(*made), 15u);
}

TEST_P(Folder, ReadsLessOnlyWhereTheFileEnds) {
  const auto made = create("a", "hello");
  EXPECT_EQ(read_text(*made, 3), "lo");
  EXPECT_EQ(read_text(*made, 0, 5), "hello");
  EXPECT_EQ(read_text(*made, 5), "");
  EXPECT_EQ(read_text(*made, 5000), "");
}

TEST_P(Folder, FillsAGapWithZeros) {
  const auto made = create("a", "x");
  EXPECT_FALSE(write_text(*made, 5000, "y"));
  EXPECT_EQ(read_text(*made), "x" + std::string(4999, '\0') + "y");
}

TEST_P(Folder, CreatesOnlyWhatIsNotThere) {
  create("a", "first");
  std::shared_ptr<file> made;
  EXPECT_EQ(files().create("a", made), std::errc::file_exists);
  EXPECT_FALSE(made);
  EXPECT_EQ(text_of("a"), "first");
}

TEST_P(Folder, WhatIsNotThereCanBeNeitherOpenedNorRemovedNorRenamed) {
  std::shared_ptr<file> opened;
  EXPECT_EQ(files().open("a", opened), std::errc::no_such_file_or_directory);
  EXPECT_FALSE(opened);
  EXPECT_EQ(files().remove("a"), std::errc::no_such_file_or_directory);
  EXPECT_EQ(files().rename("a", "b"), std::errc::no_such_file_or_directory);
}

TEST_P(Folder, ListsWhatIsThereNow) {
  EXPECT_EQ(names(), strings{});
  create("a");
  create("b");
  EXPECT_EQ(names(), (strings{"a", "b"}));
  EXPECT_FALSE(files().remove("a"));
  EXPECT_EQ(names(), strings{"b"});
  EXPECT_FALSE(files().sync());
  EXPECT_EQ(names(), strings{"b"});
}

TEST_P(Folder, ARenamedFileTakesThePlaceOfAnother) {
  create("a", "of a");
  create("b", "of b");
  EXPECT_FALSE(files().rename("a", "b"));
  EXPECT_EQ(names(), strings{"b"});
  EXPECT_EQ(text_of("b"), "of a");
  EXPECT_FALSE(files().rename("b", "b"));
  EXPECT_EQ(text_of("b"), "of a");
}

TEST_P(Folder, AnOpenFileIsTheSameWhateverBecomesOfItsName) {
  const auto renamed = create("a", "first");
  EXPECT_FALSE(files().rename("a", "b"));
  EXPECT_FALSE(write_text(*renamed, 0, "again"));
  EXPECT_EQ(text_of("b"), "again");
  EXPECT_FALSE(files().remove("b"));
  create("b", "other");
  EXPECT_EQ(read_text(*renamed), "again");
  EXPECT_FALSE(renamed->sync());
  EXPECT_EQ(text_of("b"), "other");
}

TEST_P(Folder, TellsTheSpaceThatIsLeft) {
  std::uint64_t bytes = 0;
  EXPECT_FALSE(files().free_space(bytes));
  EXPECT_GT(bytes, 0u);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Folder, testing::Values("real", "simulated"),
                         [](const auto& each) { return std::string{each.param}; });

}  // namespace
}  // namespace tidegate::spool
