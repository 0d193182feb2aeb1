// The source `file`: files that grow, are rotated, truncated and taken away.
#include <sys/stat.h>
#include <unistd.h>

#include "file_source_test.hpp"

namespace tidegate::file_source {
namespace {

TEST_F(FileSource, GivesEachLineOnceItIsComplete) {
  append("a.log", "one\ntwo\nth");
  start();
  EXPECT_EQ(poll(), (texts{"one", "two"}));
  EXPECT_EQ(poll(), texts{});
  append("a.log", "ree\n");
  EXPECT_EQ(poll(), texts{"three"});
}

TEST_F(FileSource, FollowsAllFilesOfThePatternAndThoseThatAppear) {
  append("a.log", "a1\n");
  append("b.log", "b1\n");
  append("c.txt", "c1\n");
  path_tag = "path";
  start();
  EXPECT_EQ(poll(), (texts{"a1", "b1"}));
  append("d.log", "d1\n");
  source->poll();
  ASSERT_EQ(host.samples().size(), 1u);
  EXPECT_EQ(host.samples()[0].tags.at("path"), folder.path("d.log"));
}

TEST_F(FileSource, LeavesOutWhatIsExcludedByNameOrPath) {
  append("a.log", "a1\n");
  append("old-a.log", "old\n");
  append("b.log", "b1\n");
  exclude = list({"old-*", folder.path("b*")});
  start();
  EXPECT_EQ(poll(), texts{"a1"});
}

TEST_F(FileSource, OneFileUnderTwoNamesIsOne) {
  append("a.log", "a1\n");
  fs::create_hard_link(folder.path("a.log"), folder.path("b.log"));
  start();
  EXPECT_EQ(poll(), texts{"a1"});
}

TEST_F(FileSource, BeginsAtTheEndAtTheVeryFirstStartOnly) {
  append("a.log", "old\n");
  read_from = "end";
  start();
  EXPECT_EQ(poll(), texts{});
  append("a.log", "new\n");
  append("b.log", "first of b\n");
  EXPECT_EQ(poll(), (texts{"new", "first of b"}));
  append("c.log", "while away\n");
  restart();
  EXPECT_EQ(poll(), (texts{"new", "first of b", "while away"}));
}

TEST_F(FileSource, BeginsBehindTheLastWholeLineOfAFileWhoseEndIsInTheMiddleOfOne) {
  append("a.log", "old\n12");
  append("b.log", "12");
  append("c.log", "old\n" + std::string(70'000, 'x'));
  read_from = "end";
  start();
  for (const auto* name : {"a.log", "b.log", "c.log"}) append(name, "34\n");
  append("c.log", "new\n");
  EXPECT_EQ(poll(), (texts{"1234", "1234", "new"}));
  EXPECT_EQ(host.metric("decode_too_long_total"), 1);
}

TEST_F(FileSource, BeginsBehindTheLastDelimiterOfOtherFramings) {
  const auto framing_of = [](const char* type, option_value ending, option_value delimiter) {
    return map({{"type", type}, {"ending", ending}, {"delimiter", delimiter}, {"max_size", 65536}});
  };
  const std::vector<std::pair<option_value, std::string>> all{
      {framing_of("line", "crlf", nullptr), "\r\n"},
      {framing_of("line", "cr", nullptr), "\r"},
      {framing_of("line", nullptr, "0x03 0x04"), "\x03\x04"},
      {framing_of("line", nullptr, "ab"), "ab"},
      {framing_of("slip", nullptr, nullptr), "\xc0"}};
  read_from = "end";
  for (const auto& [with, end] : all) {
    framing = with;
    append("a.log", "old" + end + "12");
    host.set_state("files", "");
    start();
    append("a.log", "34" + end);
    EXPECT_EQ(poll(), texts{"1234"}) << end;
    source.reset();
    forget_marks();
    fs::remove(folder.path("a.log"));
  }
}

TEST_F(FileSource, ThePathInTheTagIsThatOfWhenItWasFound) {
  append("a.log", "one\n");
  path_tag = "path";
  paths = "a.log*";
  start();
  poll();
  rename("a.log", "a.log.1");
  poll();
  host.set_out_of_memory(true);  // decoding begins anew
  append("a.log.1", "two\n");
  EXPECT_THROW(source->poll(), error);
  host.set_out_of_memory(false);
  source->poll();
  ASSERT_EQ(host.samples().size(), 1u);
  EXPECT_EQ(host.samples()[0].tags.at("path"), folder.path("a.log"));
}

TEST_F(FileSource, ARestartGoesOnBehindWhatWasAcknowledged) {
  append("a.log", "one\n");
  start();
  EXPECT_EQ(poll(), texts{"one"});
  append("a.log", "two\n");
  EXPECT_EQ(poll(), texts{"two"});
  host.acknowledge(*source, 2);  // the second before the first: nothing is safe yet
  source->poll();
  restart();
  EXPECT_EQ(poll(), (texts{"one", "two"}));
  acknowledge_and_store();
  append("a.log", "three\n");
  restart();
  EXPECT_EQ(poll(), texts{"three"});
}

TEST_F(FileSource, ARestartInTheMiddleOfALineBeginsWithIt) {
  append("a.log", "one\nunfin");
  start();
  EXPECT_EQ(poll(), texts{"one"});
  acknowledge_and_store();
  append("a.log", "ished\n");
  restart();
  EXPECT_EQ(poll(), texts{"unfinished"});
}

TEST_F(FileSource, WhatIsOnlyLookedAtStoresNothing) {
  append("a.log", "one\n");
  start();
  EXPECT_EQ(poll(), texts{"one"});
  source->poll();
  source->stop();
  EXPECT_EQ(host.state("files"), std::nullopt);
}

TEST_F(FileSource, WhatWasAcknowledgedLastIsStoredByStop) {
  append("a.log", "one\n");
  start();
  EXPECT_EQ(poll(), texts{"one"});
  host.acknowledge(*source);
  source->stop();
  append("a.log", "two\n");
  source->start();
  EXPECT_EQ(poll(), texts{"two"});
}

TEST_F(FileSource, ARenamedFileIsReadToItsEndBeforeTheOneInItsPlace) {
  append("a.log", "one\n");
  start();
  EXPECT_EQ(poll(), texts{"one"});
  append("a.log", "two\n");
  rename("a.log", "a.log.1");
  append("a.log", "three\n");
  append("a.log.1", "late\nunfinished");
  EXPECT_EQ(poll(), (texts{"two", "late", "three"}));
  append("a.log.1", " and more");
  EXPECT_EQ(poll(), texts{});
  host.advance(6s);  // nothing came for longer than rotate_wait
  EXPECT_EQ(poll(), texts{"unfinished and more"});
  EXPECT_EQ(poll(), texts{});
}

TEST_F(FileSource, ARenamedFileThatIsStillMeantIsTheSameFile) {
  paths = "a.log*";
  append("a.log", "one\n");
  start();
  EXPECT_EQ(poll(), texts{"one"});
  rename("a.log", "a.log.1");
  append("a.log", "two\n");
  EXPECT_EQ(poll(), texts{"two"});
  acknowledge_and_store();
  restart();
  EXPECT_EQ(poll(), texts{});
}

TEST_F(FileSource, AFileThatWasRenamedWhileItWasAwayIsReadToItsEnd) {
  append("a.log", "one\n");
  start();
  EXPECT_EQ(poll(), texts{"one"});
  acknowledge_and_store();
  source.reset();
  append("a.log", "two\n");
  rename("a.log", "a.log.1");
  append("a.log", "three\n");
  restart();
  EXPECT_EQ(poll(), (texts{"two", "three"}));
}

TEST_F(FileSource, ADeletedFileIsReadToItsEndAndClosed) {
  append("a.log", "one\n");
  start();
  EXPECT_EQ(poll(), texts{"one"});
  append("a.log", "two\n");
  fs::remove(folder.path("a.log"));
  EXPECT_EQ(poll(), texts{"two"});
  host.advance(6s);
  source->poll();
  EXPECT_EQ(host.metric("open_files"), 1);  // until it is safe
  acknowledge_and_store();
  source->poll();
  EXPECT_EQ(host.metric("open_files"), 0);
  EXPECT_EQ(host.state("files"), "files 1\n");
}

TEST_F(FileSource, AFileThatComesBackIsReadOnWhereItWasLeft) {
  append("a.log", "one\n");
  start();
  EXPECT_EQ(poll(), texts{"one"});
  rename("a.log", "elsewhere");
  acknowledge_and_store();
  host.advance(6s);
  source->poll();
  source->poll();
  append("elsewhere", "two\n");
  rename("elsewhere", "a.log");
  source->poll();
  EXPECT_EQ(poll().size() + host.samples().size(), 1u);
}

TEST_F(FileSource, ATruncatedFileIsReadFromItsBeginningAndThatIsSaidOnce) {
  append("a.log", "one\ntwo\nunfinished");
  start();
  EXPECT_EQ(poll(), (texts{"one", "two"}));
  fs::resize_file(folder.path("a.log"), 0);
  EXPECT_EQ(poll(), texts{});
  append("a.log", "three\n");
  EXPECT_EQ(poll(), texts{"three"});
  EXPECT_EQ(host.metric("truncations_total"), 1);
  EXPECT_EQ(count_log("it is read from its beginning"), 1u);
  EXPECT_EQ(host.metric("decode_incomplete_total"), 1);  // what was unfinished
}

TEST_F(FileSource, AFileThatHasLostItsEndOnlyIsReadFromItsBeginning) {
  const std::string line(1499, 'x');
  append("a.log", line + "\n" + line + "\n");
  start();
  EXPECT_EQ(poll(), (texts{line, line}));
  fs::resize_file(folder.path("a.log"), 1500);
  EXPECT_EQ(poll(), texts{line});
  EXPECT_EQ(count_log("a.log: was truncated to 1500 bytes after it had been read up to byte 3000; it is read "
                      "from its beginning"),
            1u);
}

TEST_F(FileSource, ATruncatedFileThatHasGrownBeyondItsOldEndIsKnownByItsBeginning) {
  append("a.log", "one\n");
  start();
  EXPECT_EQ(poll(), texts{"one"});
  fs::resize_file(folder.path("a.log"), 0);
  append("a.log", "more than there was\nand more\n");
  EXPECT_EQ(poll(), (texts{"more than there was", "and more"}));
}

TEST_F(FileSource, AFileThatWasTruncatedWhileItWasAwayIsReadFromItsBeginning) {
  append("a.log", "one\ntwo\n");
  start();
  poll();
  acknowledge_and_store();
  source.reset();
  fs::resize_file(folder.path("a.log"), 0);
  append("a.log", "n\n");
  restart();
  EXPECT_EQ(poll(), texts{"n"});
}

TEST_F(FileSource, AnotherFileWithTheNumberOfAnOldOneIsNotTakenForIt) {
  append("a.log", "one\ntwo\n");
  start();
  poll();
  acknowledge_and_store();
  source.reset();
  // The same number, as a file system gives it to the next file.
  std::ofstream{folder.path("a.log"), std::ios::binary} << "ten\neleven\n";
  restart();
  EXPECT_EQ(poll(), (texts{"ten", "eleven"}));
}

TEST_F(FileSource, WaitsWhileThereIsNoRoomAndSkipsNothing) {
  std::string lines;
  for (int line = 0; line < 1000; ++line) lines += std::to_string(line) + "\n";
  append("a.log", lines);
  host.set_credit(0);
  start();
  EXPECT_EQ(poll(), texts{});
  host.set_credit(64 * 1024);
  source->poll();
  for (const auto& batch : host.batches()) EXPECT_LE(batch.view().bytes(), 64u * 1024);
  host.set_credit(UINT64_MAX);
  for (auto polls = 0; host.samples().size() < 1000 && polls < 100; ++polls) source->poll();
  const auto samples = host.samples();
  ASSERT_EQ(samples.size(), 1000u);
  for (std::size_t line = 0; line < samples.size(); ++line)
    ASSERT_EQ(samples[line].text("value"), std::to_string(line));
}

TEST_F(FileSource, LinesOverManyReadsComeWholeAndInLargeBatches) {
  constexpr std::size_t count = 30'000;
  {
    std::ofstream to{folder.path("a.log"), std::ios::binary};
    for (std::size_t line = 0; line < count; ++line) to << line << std::string(line % 97, 'x') << "\n";
  }
  start();
  while (host.samples().size() < count) source->poll();
  const auto samples = host.samples();
  ASSERT_EQ(samples.size(), count);
  for (std::size_t line = 0; line < count; ++line)
    ASSERT_EQ(samples[line].text("value"), std::to_string(line) + std::string(line % 97, 'x'));
  EXPECT_LT(host.batches().size(), 20u);
}

TEST_F(FileSource, ManyFilesWithMuchInThemComeWhole) {
  constexpr std::size_t files = 8;
  constexpr std::size_t count = 20'000;  // lines of 100 bytes in each: more than a turn
  for (std::size_t file = 0; file < files; ++file) {
    std::ofstream to{folder.path(std::to_string(file) + ".log"), std::ios::binary};
    for (std::size_t line = 0; line < count; ++line) to << 1'000'000 + line << std::string(92, 'x') << "\n";
    if (file == 0) to << std::string(3'000'000, 'y');  // a line that is too long, and goes on
  }
  path_tag = "path";
  start();
  while (host.samples().size() < files * count) source->poll();
  append("0.log", "y\nlast\n");
  while (host.samples().back().text("value") != "last") source->poll();
  std::map<std::string, std::size_t> next;
  for (const auto& sample : host.samples()) {
    const auto text = sample.text("value");
    if (text == "last") continue;
    ASSERT_EQ(text.substr(0, 7), std::to_string(1'000'000 + next[sample.tags.at("path")]++));
  }
  for (const auto& [path, lines] : next) EXPECT_EQ(lines, count) << path;
  EXPECT_EQ(host.metric("decode_too_long_total"), 1);
}

TEST_F(FileSource, WhatCouldNotBeHandedOnIsReadAgain) {
  append("a.log", "one\n");
  start();
  host.set_out_of_memory(true);
  EXPECT_THROW(source->poll(), error);
  host.set_out_of_memory(false);
  EXPECT_EQ(poll(), texts{"one"});
}

TEST_F(FileSource, WhatWasHandedOnBeforeThatIsNotReadAgain) {
  append("a.log", "one\n");
  start();
  EXPECT_EQ(poll(), texts{"one"});  // and not acknowledged
  append("a.log", "two\n");
  host.set_out_of_memory(true);
  EXPECT_THROW(source->poll(), error);
  host.set_out_of_memory(false);
  EXPECT_EQ(poll(), texts{"two"});
  host.acknowledge(*source);
  source->stop();
  source->start();
  EXPECT_EQ(poll(), texts{});
}

TEST_F(FileSource, WhatTheHostRefusedIsReadAgain) {
  append("a.log", "one\n");
  start();
  host.answer_submits_with(TIDEGATE_ERROR_BUG);
  EXPECT_THROW(source->poll(), error);
  host.answer_submits_with(TIDEGATE_OK);
  EXPECT_EQ(poll(), texts{"one"});
}

TEST_F(FileSource, AStateThatCannotBeStoredStopsNoReading) {
  start();
  append("a.log", "one\n");
  poll();
  host.acknowledge(*source);
  host.fail_state("disk full");
  append("a.log", "two\n");
  EXPECT_THROW(source->poll(), error);
  EXPECT_EQ(host.samples().size(), 1u);
  host.fail_state("");
  EXPECT_NO_THROW(source->poll());
}

TEST_F(FileSource, AFileThatCannotBeReadIsAStateAndOthersAreRead) {
  fs::create_symlink("a.log", folder.path("a.log"));
  append("b.log", "b1\n");
  start();
  try {
    source->poll();
    FAIL();
  } catch (const error& said) {
    EXPECT_EQ(said.status(), TIDEGATE_ERROR_TEMPORARY);
    EXPECT_EQ(said.what(), "cannot look at " + folder.path("a.log") + ": Too many levels of symbolic links");
  }
  EXPECT_EQ(host.samples().size(), 1u);
}

TEST_F(FileSource, WhatIsNoRegularFileIsLeftOut) {
  fs::create_directory(folder.path("d.log"));
  ASSERT_EQ(::mkfifo(folder.path("f.log").c_str(), 0600), 0);
  append("a.log", "a1\n");
  start();
  EXPECT_EQ(poll(), texts{"a1"});
}

TEST_F(FileSource, AStateThatIsNotUnderstoodIsNone) {
  append("a.log", "one\n");
  for (const auto* text : {"files 1\nzz\n", "files 2\n1 2 3 4 5 0\n", "files 1\n1 2 3 ffff 5 0\n", "\n"}) {
    host.set_state("files", text);
    start();
    EXPECT_EQ(poll(), texts{"one"}) << text;
    forget_marks();
  }
  EXPECT_EQ(
      count_log("what is stored of the files that were read is damaged, or of another version; those of "
                "which nothing is known are read from their beginning"),
      4u);
}

TEST_F(FileSource, FramingsThatNeedPausesOrPacketsAreRefused) {
  for (const auto* type : {"silence", "datagram"}) {
    framing = map({{"type", type}, {"silence", option_value{nullptr}}, {"max_size", 65536}});
    try {
      make();
      FAIL() << type;
    } catch (const error& said) {
      EXPECT_EQ(said.option(), "framing.type");
      EXPECT_EQ(said.status(), TIDEGATE_ERROR_CONFIGURATION);
    }
  }
}

TEST_F(FileSource, HoldsNoDescriptorsAfterStop) {
  append("a.log", "one\n");
  start();
  poll();
  source->stop();
  const auto before = testing::open_descriptors();
  source->start();
  source->poll();
  source->stop();
  EXPECT_EQ(testing::open_descriptors(), before);
}

}  // namespace
}  // namespace tidegate::file_source
