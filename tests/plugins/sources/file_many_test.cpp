// The source `file` with more files than it holds open, and with what it remembers of those that are away.
#include "file_source_test.hpp"

namespace tidegate::file_source {
namespace {

constexpr std::size_t open_max = 400;

class FileSourceMany : public FileSource {
 protected:
  static std::string name_of(std::size_t number) { return std::to_string(1000 + number) + ".log"; }
  // Files that are read to their end, acknowledged, and not written to any more.
  void read_files(std::size_t count) {
    for (std::size_t number = 0; number < count; ++number) append(name_of(number), name_of(number) + "\n");
    start();
    std::set<std::string> came;
    for (auto polls = 0; came.size() < count && polls < 10; ++polls) {
      for (const auto& text : poll()) EXPECT_TRUE(came.insert(text).second) << text;
      host.acknowledge(*source);
    }
    acknowledge_and_store();
    EXPECT_EQ(came.size(), count);
  }
};

TEST_F(FileSourceMany, OldFilesMakeRoomForNewOnesAndAreStillFollowed) {
  read_files(open_max + 50);
  EXPECT_LE(host.metric("open_files"), open_max);
  append("today.log", "new\n");
  EXPECT_EQ(poll(), texts{"new"});
  for (std::size_t number = 0; number < open_max + 50; number += 40) {
    append(name_of(number), "again\n");
    EXPECT_EQ(poll(), texts{"again"}) << number;
    acknowledge_and_store();
  }
  restart();
  EXPECT_EQ(poll(), texts{});
}

TEST_F(FileSourceMany, AFileThatIsWrittenAndRenamedWhileItIsClosedIsReadToItsEnd) {
  read_files(open_max + 1);
  append("today.log", "new\n");
  EXPECT_EQ(poll(), texts{"new"});
  acknowledge_and_store();
  append(name_of(0), "last\n");
  append(name_of(1), "last\n");
  rename(name_of(0), "0.old");
  rename(name_of(1), "1.old");
  EXPECT_EQ(poll(), (texts{"last", "last"}));
}

TEST_F(FileSourceMany, FilesThatAreNotAcknowledgedOrNotAtTheirEndKeepTheirPlace) {
  for (std::size_t number = 0; number < open_max; ++number) append(name_of(number), "one\n");
  start();
  EXPECT_EQ(poll().size(), open_max);
  append("today.log", "new\n");
  EXPECT_EQ(poll(), texts{});
  EXPECT_EQ(count_log("more than 400 files are written to; " + folder.path("today.log") +
                      " and others wait until nothing has come for 10s in some of them"),
            1u);
  host.acknowledge(*source);
  EXPECT_EQ(poll(), texts{"new"});
}

TEST_F(FileSourceMany, BeginsAtTheEndOfThoseThatHadToWaitAtTheVeryFirstStart) {
  for (std::size_t number = 0; number < open_max + 5; ++number) append(name_of(number), "old\nunfin");
  read_from = "end";
  start();
  append(name_of(open_max + 4), "ished\n");
  append(name_of(open_max + 4), "new\n");
  texts all;
  for (auto polls = 0; polls < 5; ++polls) {
    for (auto& text : poll()) all.push_back(text);
    host.acknowledge(*source);
  }
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all.back(), "new");
  EXPECT_EQ(std::count(all.begin(), all.end(), "old"), 0);
}

TEST_F(FileSourceMany, AFileThatIsNowhereAfterARestartIsForgottenBeforeOthers) {
  append("a.log", "one\n");
  start();
  EXPECT_EQ(poll(), texts{"one"});
  acknowledge_and_store();
  source.reset();
  fs::remove(folder.path("a.log"));
  restart();
  source->poll();
  EXPECT_TRUE(host.state("files")->ends_with(" 0\n")) << *host.state("files");
  host.advance(6s);
  source->poll();
  source->poll();
  EXPECT_TRUE(host.state("files")->ends_with(" 1\n")) << *host.state("files");
}

TEST_F(FileSourceMany, AFileThatWasRenamedIsFoundOnADeviceThatHasAnotherNumberNow) {
  const std::string line(1200, 'x');
  append("a.log", line + "\n");
  start();
  EXPECT_EQ(poll(), texts{line});
  acknowledge_and_store();
  source.reset();
  append("a.log", "two\n");
  rename("a.log", "a.log.1");
  auto text = *host.state("files");
  const auto device = text.find('\n') + 1;
  host.set_state("files", text.replace(device, text.find(' ', device) - device, "abc123"));
  restart();
  EXPECT_EQ(poll(), texts{"two"});
}

}  // namespace
}  // namespace tidegate::file_source
