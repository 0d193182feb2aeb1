#include "plugin/state_store.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <barrier>
#include <thread>
#include <vector>

#include "folders.hpp"

namespace tidegate::plugin {
namespace {

TEST(StateStore, GivesBackWhatWasStored) {
  const temporary_folder folder;
  state_store store{folder / "state/sources/plc"};
  std::string value = "before";
  EXPECT_EQ(store.load("cursor", value).status, TIDEGATE_OK);
  EXPECT_EQ(value, "");
  const std::string bytes{"a\0b", 3};
  EXPECT_EQ(store.store("cursor", bytes).text, "");
  EXPECT_EQ(store.load("cursor", value).status, TIDEGATE_OK);
  EXPECT_EQ(value, bytes);
  EXPECT_EQ(store.store("cursor", "").status, TIDEGATE_OK);
  EXPECT_EQ(store.load("cursor", value).status, TIDEGATE_OK);
  EXPECT_EQ(value, "");
}

TEST(StateStore, IsThereAfterARestart) {
  const temporary_folder folder;
  state_store{folder / "plc"}.store("cursor", "17");
  std::string value;
  EXPECT_EQ(state_store{folder / "plc"}.load("cursor", value).status, TIDEGATE_OK);
  EXPECT_EQ(value, "17");
}

TEST(StateStore, LeavesNothingBesideItsValues) {
  const temporary_folder folder;
  state_store store{folder / "plc"};
  store.store("a", "1");
  store.store("a", "2");
  store.store("b", "3");
  std::vector<std::string> names;
  for (const auto& each : std::filesystem::directory_iterator{folder / "plc"})
    names.push_back(each.path().filename());
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(std::filesystem::status(folder / "plc").permissions(), std::filesystem::perms::owner_all);
}

// Instances start at the same time, each on a thread of its own.
TEST(StateStore, MakesFoldersThatOthersMakeMeanwhile) {
  constexpr int rounds = 200;
  constexpr int instances = 4;
  const temporary_folder folder;
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::string> texts(instances);
    {
      std::barrier together{instances};
      std::vector<std::jthread> threads;
      for (int index = 0; index < instances; ++index)
        threads.emplace_back([&, index] {
          state_store store{folder / std::to_string(round) / "state/sources" / std::to_string(index)};
          together.arrive_and_wait();
          texts[static_cast<std::size_t>(index)] = store.store("cursor", "7").text;
        });
    }
    ASSERT_EQ(texts, std::vector<std::string>(instances)) << "in round " << round;
  }
}

TEST(StateStore, OverwritesWhatACrashLeftHalfWritten) {
  const temporary_folder folder;
  folder.write(".cursor.new", "half of a much longer val");
  state_store store{folder.path()};
  std::string value;
  EXPECT_EQ(store.load("cursor", value).status, TIDEGATE_OK);
  EXPECT_EQ(value, "");
  EXPECT_EQ(store.store("cursor", "7").status, TIDEGATE_OK);
  EXPECT_EQ(content_of(folder / "cursor"), "7");
}

TEST(StateStore, TakesValuesUpTo64KiB) {
  const temporary_folder folder;
  state_store store{folder.path()};
  std::string value;
  EXPECT_EQ(store.store("big", std::string(65536, 'x')).status, TIDEGATE_OK);
  EXPECT_EQ(store.load("big", value).status, TIDEGATE_OK);
  EXPECT_EQ(value.size(), 65536u);
  const auto said = store.store("big", std::string(65537, 'y'));
  EXPECT_EQ(said.status, TIDEGATE_ERROR_BUG);
  EXPECT_EQ(said.text, "state: the value of 'big' has 65537 bytes, where at most 65536 are allowed");
  EXPECT_EQ(store.load("big", value).status, TIDEGATE_OK);
  EXPECT_EQ(value, std::string(65536, 'x'));
}

TEST(StateStore, RefusesAFileThatWasNotStoredByIt) {
  const temporary_folder folder;
  folder.write("big", std::string(65537, 'x'));
  std::string value;
  const auto said = state_store{folder.path()}.load("big", value);
  EXPECT_EQ(said.status, TIDEGATE_ERROR_PERMANENT);
  EXPECT_EQ(said.text, "state: " + (folder / "big").string() +
                           " is larger than 64 KiB, which was not stored here; remove it");
}

TEST(StateStore, TakesNoKeyThatCouldLeadElsewhere) {
  const temporary_folder folder;
  state_store store{folder / "plc"};
  for (const std::string key : {"", ".", "..", "../x", "a/b", ".hidden", "sp ace", "n\xc3\xb6", "nul\0"})
    EXPECT_EQ(store.store(key, "x").status, key == "nul" ? TIDEGATE_OK : TIDEGATE_ERROR_BUG) << key;
  EXPECT_EQ(store.store(std::string(65, 'k'), "x").status, TIDEGATE_ERROR_BUG);
  EXPECT_EQ(store.store(std::string(64, 'k'), "x").status, TIDEGATE_OK);
  EXPECT_EQ(
      store.store("../x", "x").text,
      "state: the key '../x' is not made of 1 to 64 letters, digits, '-', '_' and '.', the first no '.'");
}

TEST(StateStore, SaysThatItMayPassWhenTheFolderCannotBeMade) {
  const temporary_folder folder;
  const auto file = folder.write("file", "");
  const auto said = state_store{file / "plc"}.store("cursor", "1");
  EXPECT_EQ(said.status, TIDEGATE_ERROR_TEMPORARY);
  EXPECT_EQ(said.text, "state: cannot make " + (file / "plc").string() + ": Not a directory");
}

TEST(StateStore, WithoutAFolderStoresNothing) {
  EXPECT_EQ(state_store{{}}.store("cursor", "1").text,
            "state: the gateway has no folder for it; set gateway.state_path");
}

TEST(StateStore, IsNeverAMixtureOfTwoWriters) {
  const temporary_folder folder;
  state_store store{folder.path()};
  const auto write = [&](char letter) {
    for (int round = 0; round < 20; ++round) store.store("k", std::string(4096, letter));
  };
  std::thread other{write, 'a'};
  write('b');
  other.join();
  std::string value;
  EXPECT_EQ(store.load("k", value).status, TIDEGATE_OK);
  EXPECT_EQ(value, std::string(4096, value.at(0)));
}

TEST(FileName, OfAnInstanceIsUnmistakable) {
  EXPECT_EQ(file_name_of("telemetry.process[0]"), "telemetry%2Eprocess%5B0%5D");
  EXPECT_EQ(file_name_of(".."), "%2E%2E");
  EXPECT_EQ(file_name_of("a/b%"), "a%2Fb%25");
  EXPECT_EQ(file_name_of("PC-0001_x"), "PC-0001_x");
}

}  // namespace
}  // namespace tidegate::plugin
