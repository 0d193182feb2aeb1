// A start at which one call fails: what was accepted before it and during it is there at the next.
#include <gtest/gtest.h>

#include "small_log.hpp"

namespace tidegate::spool {
namespace {

using call = simulated_folder::call;

class StartWithAnError : public testing::TestWithParam<call> {};

TEST_P(StartWithAnError, LosesNothing) {
  for (std::uint64_t after = 0; after < 12; ++after) {
    simulated_folder files;
    {
      small_log log{files};
      for (int each = 0; each < 6; ++each) {
        log.push(300);
        log.commit();
      }
    }
    files.kill();
    std::uint64_t accepted = 0;
    {
      files.fail(GetParam(), std::errc::io_error, after);
      small_log log{files};
      files.heal();
      const auto before = log.stream->accepted;
      log.push(10);
      log.commit();
      accepted = log.stream->accepted - before;
    }
    files.kill();
    small_log log{files};
    std::string said;
    for (const auto& line : log.said.lines()) said += line + "\n";
    EXPECT_GE(log.deliver_all(0).size(), 1800 + accepted) << "failed after " << after << " calls\n" << said;
  }
}

std::string name_of(const testing::TestParamInfo<call>& each) {
  static constexpr const char* names[] = {"list", "open", "read", "size", "sync", "sync_folder"};
  return names[each.index];
}

INSTANTIATE_TEST_SUITE_P(Calls, StartWithAnError,
                         testing::Values(call::list, call::open, call::read, call::size, call::sync,
                                         call::sync_folder),
                         name_of);

// A killed program has created a file and not synced its name. The next one may use it, but not accept
// anything in it before the name is synced.
TEST(StartAfterAKill, WhatIsAcceptedInAFileThatWasFoundSurvivesAPowerCut) {
  for (std::uint64_t cut = 0; cut < 12; ++cut) {
    simulated_folder files;
    try {
      small_log log{files};
      files.cut_power_after(cut);
      log.push(10);
      log.commit();
    } catch (const power_cut&) {
      // A kill at that call: what was done before it stays.
    }
    files.kill();
    std::uint64_t next = 0;
    std::uint64_t accepted = 0;
    {
      small_log log{files};
      next = log.stream->next;
      log.push(10);
      log.commit();
      accepted = log.stream->accepted;
    }
    simulated_folder::random draw{cut};
    for (int each = 0; each < 50; ++each) {
      const auto left = files.fork();
      left->lose_power(draw);
      small_log log{*left};
      ASSERT_GE(log.stream->next, accepted) << "killed at call " << cut << ", " << next << " were there";
    }
  }
}

}  // namespace
}  // namespace tidegate::spool
