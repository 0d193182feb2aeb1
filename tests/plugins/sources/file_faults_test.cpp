// The source `file` where a disk, a file server or the kernel's limits fail it for a while: nothing is lost
// and nothing doubled.
#include <cerrno>

#include "file_calls.hpp"
#include "file_source_test.hpp"

namespace tidegate::file_source {
namespace {

class FileSourceFaults : public FileSource {
 protected:
  // A poll that tells why not all could be read; and what came all the same.
  texts poll_with_problem(const std::string& problem) {
    try {
      source->poll();
      ADD_FAILURE() << "no problem was told: " << problem;
    } catch (const error& said) {
      EXPECT_EQ(said.status(), TIDEGATE_ERROR_TEMPORARY);
      EXPECT_EQ(said.what(), problem);
    }
    texts all;
    for (const auto& sample : host.samples()) all.push_back(sample.text("value"));
    host.clear_batches();
    return all;
  }
};

TEST_F(FileSourceFaults, ARenamedFileThatCannotBeReadForAWhileIsNotFinished) {
  append("a.log", "one\n");
  start();
  EXPECT_EQ(poll(), texts{"one"});
  append("a.log", "two\nunfinished");
  rename("a.log", "a.log.1");
  append("a.log", "three\n");
  {
    ordered_file_calls calls{"a.log.1"};
    calls->read_error = EIO;
    const auto problem = "cannot read " + folder.path("a.log") + ": Input/output error";
    EXPECT_EQ(poll_with_problem(problem), texts{"three"});
    host.advance(6s);
    EXPECT_EQ(poll_with_problem(problem), texts{});
    EXPECT_EQ(host.metric("open_files"), 2);
  }
  EXPECT_EQ(poll(), texts{"two"});
  host.advance(6s);
  EXPECT_EQ(poll(), texts{"unfinished"});
}

TEST_F(FileSourceFaults, AFileWhoseFolderCannotBeLookedIntoIsNotGone) {
  fs::create_directory(folder.path("d"));
  paths = "d/*.log";
  append("d/a.log", "one\nunfin");
  start();
  EXPECT_EQ(poll(), texts{"one"});
  rename("d", "e");
  fs::create_symlink("d", folder.path("d"));
  const auto problem = "cannot look into " + folder.path("d") + ": Too many levels of symbolic links";
  EXPECT_EQ(poll_with_problem(problem), texts{});
  host.advance(6s);
  EXPECT_EQ(poll_with_problem(problem), texts{});
  fs::remove(folder.path("d"));
  rename("e", "d");
  append("d/a.log", "ished\n");
  EXPECT_EQ(poll(), texts{"unfinished"});
}

TEST_F(FileSourceFaults, ALineThatIsWrittenWhenARenamedFileIsAboutToBeClosedIsRead) {
  append("a.log", "one\n");
  start();
  EXPECT_EQ(poll(), texts{"one"});
  rename("a.log", "a.log.1");
  EXPECT_EQ(poll(), texts{});
  host.advance(6s);
  ordered_file_calls calls{"a.log.1"};
  calls->at_end = [&] { append("a.log.1", "late\n"); };
  EXPECT_EQ(poll(), texts{"late"});
}

TEST_F(FileSourceFaults, AFileWhoseBeginningCannotBeReadIsNotTakenForAnotherOne) {
  append("a.log", "one\n");
  start();
  EXPECT_EQ(poll(), texts{"one"});
  append("a.log", "two\n");
  const auto problem = "cannot read the beginning of " + folder.path("a.log") + ": ";
  {
    ordered_file_calls calls{"a.log"};
    calls->head_bytes_max = 2;  // "on", as a file server may give it
    EXPECT_EQ(poll_with_problem(problem + "Resource temporarily unavailable"), texts{});
  }
  EXPECT_EQ(poll(), texts{"two"});
  acknowledge_and_store();
  append("a.log", "three\n");
  ordered_file_calls calls{"a.log"};
  calls->read_error = EIO;
  restart();
  EXPECT_EQ(poll_with_problem(problem + "Input/output error"), texts{});
  calls->read_error = 0;
  EXPECT_EQ(poll(), texts{"three"});
}

TEST_F(FileSourceFaults, ARenamedFileThatCannotBeOpenedAtTheStartIsOpenedLater) {
  append("a.log", "one\n");
  start();
  EXPECT_EQ(poll(), texts{"one"});
  acknowledge_and_store();
  source.reset();
  append("a.log", "two\n");
  rename("a.log", "a.log.1");
  {
    ordered_file_calls calls{"a.log.1"};
    calls->open_error = EMFILE;
    restart();
    host.advance(6s);
    EXPECT_EQ(poll_with_problem("cannot open " + folder.path("a.log.1") + ": Too many open files"), texts{});
  }
  EXPECT_EQ(poll(), texts{"two"});
}

}  // namespace
}  // namespace tidegate::file_source
