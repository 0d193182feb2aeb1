// Who may use a spool's folder. That a killed holder lets it go at once is in disk_spool_test.cpp.
#include "spool/lock.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <thread>

#include "folder_support.hpp"
#include "private_mounts.hpp"
#include "system_calls.hpp"

namespace tidegate::spool {
namespace {

class Lock : public testing::Test {
 protected:
  std::unique_ptr<lock> acquire() {
    problem_.clear();
    return lock::acquire(at_.path(), problem_);
  }
  void put(const std::string& text) const { std::ofstream{at_ / "lock"} << text; }
  std::string content() const {
    std::ifstream from{at_ / "lock"};
    return {std::istreambuf_iterator<char>{from}, {}};
  }

  temporary_folder at_;
  std::string problem_;
};

// Holds the lock in a process of its own, until the end of the scope.
class other_process {
 public:
  explicit other_process(const std::filesystem::path& folder) {
    int ready[2];
    EXPECT_EQ(::pipe(ready), 0);
    process_ = ::fork();
    if (process_ == 0) {
      std::string problem;
      const auto held = lock::acquire(folder, problem);
      static_cast<void>(::write(ready[1], held ? "y" : "n", 1) == 1);
      while (true) ::pause();
    }
    char answer = 0;
    EXPECT_EQ(::read(ready[0], &answer, 1), 1);
    EXPECT_EQ(answer, 'y');
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~other_process() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  pid_t id() const { return process_; }

 private:
  pid_t process_ = -1;
};

TEST_F(Lock, NamesTheProcessThatHasIt) {
  const other_process other{at_.path()};
  std::string command;
  std::getline(std::ifstream{"/proc/self/comm"}, command);
  const auto name = "process " + std::to_string(other.id()) + " (" + command + ")";
  EXPECT_FALSE(acquire());
  EXPECT_EQ(problem_, at_.path().string() + " is in use by " + name);
  EXPECT_EQ(lock::holder(at_.path()), name);
}

TEST_F(Lock, IsHadByWhoeverComesAfterAKilledOne) {
  { const other_process other{at_.path()}; }
  EXPECT_EQ(lock::holder(at_.path()), "") << "the file still names it";
  EXPECT_TRUE(acquire()) << problem_;
  EXPECT_EQ(content(), std::to_string(::getpid()) + "\n");
}

TEST_F(Lock, DoesNotCareWhatIsInTheFile) {
  for (const std::string text : {"", "no number", "4711\n", "99999999999999999999999999999999"}) {
    put(text);
    EXPECT_EQ(lock::holder(at_.path()), "");
    EXPECT_TRUE(acquire()) << problem_;
    EXPECT_EQ(content(), std::to_string(::getpid()) + "\n");
  }
}

TEST_F(Lock, AHolderThatCannotBeReadIsStillAHolder) {
  const other_process other{at_.path()};
  put("");
  EXPECT_FALSE(acquire());
  EXPECT_EQ(problem_, at_.path().string() + " is in use by another process");
}

TEST_F(Lock, IsLetGoByTheDestructor) {
  EXPECT_EQ(lock::holder(at_.path()), "") << "there is no file yet";
  auto mine = acquire();
  ASSERT_TRUE(mine) << problem_;
  EXPECT_FALSE(acquire());
  mine.reset();
  EXPECT_EQ(lock::holder(at_.path()), "");
  EXPECT_TRUE(acquire()) << problem_;
}

TEST_F(Lock, IsNotInheritedByAProgramThatTheHolderStarts) {
  auto mine = acquire();
  ASSERT_TRUE(mine) << problem_;
  int running[2];  // closed in the child when its program begins
  ASSERT_EQ(::pipe2(running, O_CLOEXEC), 0);
  const auto child = ::fork();
  if (child == 0) {
    ::execl("/bin/sleep", "sleep", "1000", nullptr);
    ::_exit(127);
  }
  ::close(running[1]);
  char nothing;
  EXPECT_EQ(::read(running[0], &nothing, 1), 0);
  mine.reset();
  EXPECT_TRUE(acquire()) << problem_;
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(running[0]);
}

TEST_F(Lock, IsHadThoughOthersAskForItsHolder) {
  { ASSERT_TRUE(acquire()); }
  std::atomic<bool> enough{false};
  std::thread curious{[&] {
    while (!enough.load()) static_cast<void>(lock::holder(at_.path()));
  }};
  for (int each = 0; each < 200; ++each) EXPECT_TRUE(acquire()) << problem_;
  enough = true;
  curious.join();
}

TEST_F(Lock, SaysThatAFileSystemHasNoLocks) {
  for (const int cause : {ENOLCK, EOPNOTSUPP, ENOSYS}) {
    ordered_calls calls;
    calls->flock_error = cause;
    EXPECT_FALSE(acquire());
    EXPECT_NE(problem_.find("lock cannot be locked, since its file system has no locks"), std::string::npos)
        << problem_;
    put("4711\n");
    calls->flock_error = cause;
    EXPECT_EQ(lock::holder(at_.path()), "") << "nobody can";
  }
}

TEST_F(Lock, SaysWhyItCannotBeHad) {
  EXPECT_FALSE(lock::acquire(at_ / "nowhere", problem_));
  EXPECT_EQ(problem_, (at_ / "nowhere/lock").string() + ": No such file or directory");
}

TEST_F(Lock, SaysWhatElseTheSystemHasAgainstIt) {
  ordered_calls calls;
  calls->flock_error = EINVAL;
  EXPECT_FALSE(acquire());
  EXPECT_EQ(problem_, (at_ / "lock").string() + " cannot be locked: Invalid argument");
}

TEST_F(Lock, AHolderThatIsNoProcessHereIsNamedByItsNumber) {
  const other_process other{at_.path()};
  put("999999999\n");  // of another machine, or another container
  EXPECT_FALSE(acquire());
  EXPECT_EQ(problem_, at_.path().string() + " is in use by process 999999999");
  put("nonsense\n");
  EXPECT_EQ(lock::holder(at_.path()), "another process");
}

// The name in it is for people; the lock is the kernel's.
TEST_F(Lock, IsHadThoughItsFileCannotBeWritten) {
  put("4711\n");
  ordered_calls calls;
  calls->ftruncate_error = EDQUOT;
  const auto mine = acquire();
  ASSERT_TRUE(mine) << problem_;
  EXPECT_FALSE(acquire());
}

TEST_F(Lock, CanBeHadOnADiskThatHasBecomeReadOnly) {
  const auto outcome = in_private_mounts([&] {
    if (!mount_small_disk(at_.path())) return outcome_of_mounts::not_here;
    if (!acquire()) return outcome_of_mounts::broken;
    if (!make_read_only(at_.path())) return outcome_of_mounts::not_here;
    const auto first = acquire();
    return first && !acquire() ? outcome_of_mounts::held : outcome_of_mounts::broken;
  });
  if (outcome == outcome_of_mounts::not_here) GTEST_SKIP() << "no mounts here";
  EXPECT_EQ(outcome, outcome_of_mounts::held);
}

TEST_F(Lock, SaysThatADiskIsReadOnlyWhereThereNeverWasALock) {
  const auto outcome = in_private_mounts([&] {
    if (!mount_small_disk(at_.path())) return outcome_of_mounts::not_here;
    if (!make_read_only(at_.path())) return outcome_of_mounts::not_here;
    const bool is_told = !acquire() && problem_ == (at_ / "lock").string() + ": Read-only file system";
    return is_told ? outcome_of_mounts::held : outcome_of_mounts::broken;
  });
  if (outcome == outcome_of_mounts::not_here) GTEST_SKIP() << "no mounts here";
  EXPECT_EQ(outcome, outcome_of_mounts::held);
}

}  // namespace
}  // namespace tidegate::spool
