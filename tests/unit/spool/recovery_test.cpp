// What a start makes of a folder in states that only the worst moment leaves behind.
#include <gtest/gtest.h>

#include <algorithm>

#include "small_log.hpp"

namespace tidegate::spool {
namespace {

using call = simulated_folder::call;

// Runs what is planned up to the first job of that kind.
void work_up_to(log::job::kind last, small_log& log) {
  log.spooled.hurry();
  while (const auto job = log.spooled.plan(log.now())) {
    job->run();
    log.spooled.finish(*job, log.now());
    if (job->what == last) return;
  }
}

TEST(Recovery, ASealOfTwoAttemptsIsNone) {
  simulated_folder files;
  {
    small_log log{files};
    for (int each = 0; each < 3; ++each) {
      log.push(300);
      log.commit();
    }
  }
  // One attempt left its record and not its trailer. Then more was written, and the next left the trailer
  // alone.
  const auto attempt = files.copy();
  {
    small_log log{*attempt};
    log.push(1500);
    work_up_to(log::job::kind::seal, log);
  }
  {
    small_log log{files};
    log.push(10);
    log.commit();
    log.push(1500);
    work_up_to(log::job::kind::seal, log);
  }
  const auto& first = attempt->content("segment-000001.log");
  auto& second = files.content("segment-000001.log");
  std::copy(first.end() - block_bytes, first.end() - sizeof(seal_trailer), second.end() - block_bytes);
  small_log opened{files};
  EXPECT_EQ(opened.stream->next, 910u) << "the older record would hide the last commit";
  EXPECT_EQ(opened.deliver_all(0).size(), 910u);
}

// A power cut left a seal but for some bytes in the middle. Written on, the segment would be sealed again
// later, and a power cut in that could give the first seal just what it lacked: it says that nothing came
// after it.
TEST(Recovery, ASegmentIsNotWrittenBehindWhatIsLeftOfASeal) {
  simulated_folder files;
  {
    small_log log{files};
    log.push(300);
    log.commit();
    log.push(1500);
    work_up_to(log::job::kind::seal, log);
  }
  auto& sealed = files.content("segment-000001.log");
  auto& lost = sealed[sealed.size() - block_bytes + sizeof(record_header) + 8];
  const auto was = lost;
  lost ^= std::byte{255};
  files.kill();
  {
    small_log log{files};
    ASSERT_EQ(log.stream->next, 300u);
    log.push(10);
    log.commit();
  }
  lost = was;
  small_log again{files};
  EXPECT_EQ(again.stream->next, 310u);
  EXPECT_EQ(again.deliver_all(0).size(), 310u);
}

// Whatever read it is that fails once: the seal would pass for none, and the next start would believe it.
TEST(Recovery, ASegmentIsNotWrittenBehindASealThatCouldNotBeReadOnce) {
  simulated_folder files;
  {
    small_log log{files};
    log.push(300);
    log.commit();
    log.push(1500);
    work_up_to(log::job::kind::seal, log);
  }
  for (std::uint64_t reads = 0; reads < 12; ++reads) {
    SCOPED_TRACE(reads);
    const auto copy = files.copy();
    copy->fail(call::read, std::errc::io_error, reads);
    {
      small_log log{*copy};
      ASSERT_EQ(log.stream->next, 300u);
      log.push(10);
      log.commit();
    }
    copy->heal();
    small_log again{*copy};
    EXPECT_EQ(again.stream->next, 310u);
    EXPECT_EQ(again.deliver_all(0).size(), 310u);
  }
}

// With `never`, samples are accepted before they are synced: when that sync fails, the file that has them
// must stay until they are written again.
TEST(Recovery, AFailedSegmentStaysUntilWhatItHadIsElsewhere) {
  simulated_folder files;
  commit_rule never;
  never.when = commit_rule::mode::never;
  {
    small_log log{files, small_log::small_options(), small_log::blocking(), never};
    log.push(5);
    log.work();
    ASSERT_EQ(log.stream->accepted, 5u);
    // The sync fails, and the next write too: a new segment is opened, but nothing is written to it yet.
    files.fail(call::sync, std::errc::io_error);
    log.spooled.hurry();
    for (int each = 0; each < 3; ++each) {
      const auto job = log.spooled.plan(log.now());
      if (!job) break;
      job->run();
      log.spooled.finish(*job, log.now());
      if (job->what == log::job::kind::open) break;
    }
    while (const auto job = log.spooled.plan(log.now())) {
      if (job->what != log::job::kind::dispose) break;
      job->run();
      log.spooled.finish(*job, log.now());
    }
    files.kill();
  }
  small_log again{files, small_log::small_options(), small_log::blocking(), never};
  EXPECT_EQ(again.deliver_all(0).size(), 5u);
}

std::string newest_segment(simulated_folder& files) {
  std::string newest;
  std::uint64_t generation = 0;
  for (const auto& name : files.names()) {
    segment_header header;
    if (read_segment_header(std::span{files.content(name)}.first(block_bytes), header) != header_state::ours)
      continue;
    if (header.generation < generation) continue;
    generation = header.generation;
    newest = name;
  }
  return newest;
}

// The power went when the newest segment was begun: of that write the header is there and the cursors are
// not. Those in the seal before it still tell, so the file that has them must stay until they are written
// anew, though nobody waits for its samples. It is larger than usual, and would be removed at once.
TEST(Recovery, ASegmentWhoseSealIsNeededIsNotFreed) {
  simulated_folder files;
  {
    small_log log{files};
    log.push(6000);
    log.commit();
    log.deliver_all(0);
    log.deliver_all(1);
    log.push(300);
    work_up_to(log::job::kind::open, log);
  }
  const auto newest = newest_segment(files);
  auto content = files.content(newest);
  ASSERT_EQ(content.size(), segment_bytes_min);
  std::fill(content.begin() + block_bytes, content.end(), std::byte{0});
  files.put(newest, content);

  small_log opened{files};
  ASSERT_EQ(opened.ledger_of(0).delivered, 6000u) << "the seal is read";
  opened.push(3);
  opened.spooled.hurry();
  while (const auto job = opened.spooled.plan(opened.now())) {
    job->run();
    const auto left = files.fork();
    simulated_folder::random draw{1};
    left->lose_power(draw);
    small_log found{*left};
    EXPECT_EQ(found.ledger_of(0).delivered, 6000u) << "after job " << static_cast<int>(job->what);
    opened.spooled.finish(*job, opened.now());
  }
  EXPECT_EQ(opened.spooled.status().bytes_used, segment_bytes_min) << "then it is freed";
}

TEST(Recovery, StartsWithoutReadingWhatIsSealed) {
  simulated_folder files;
  {
    auto with = small_log::small_options();
    small_log log{files, with};
    for (int each = 0; each < 200; ++each) {
      log.push(300);
      log.commit();
    }
  }
  const auto segments = files.names().size();
  ASSERT_GT(segments, 20u);
  const auto before = files.bytes_read();
  small_log opened{files};
  const auto read = files.bytes_read() - before;
  EXPECT_LT(read, segments * 3 * block_bytes + 2 * segment_bytes_min)
      << "headers and seals, and the last segment";
  EXPECT_EQ(opened.deliver_all(0).size(), 60'000u);
}

// A sync of each of a thousand files takes seconds.
TEST(Recovery, SyncsOnlyWhatIsNotSealed) {
  simulated_folder files;
  {
    small_log log{files};
    for (int each = 0; each < 20; ++each) {
      log.push(500);
      log.commit();
    }
  }
  files.fail(call::sync, std::errc::io_error, 0, 1000);
  observe::recorded_log said;
  const auto found = recover(files, segment_bytes_min, said);
  ASSERT_GT(found.segments.size(), 3u);
  for (const auto& each : found.segments) EXPECT_NE(each.sealed, each.distrusted) << each.name;
  EXPECT_TRUE(found.segments.back().distrusted) << "what it holds may not be on the disk";
}

}  // namespace
}  // namespace tidegate::spool
