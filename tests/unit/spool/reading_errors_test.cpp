// A spool whose disk does not give back what it holds: for a while, never, or because there is no memory.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>

#include "folder_support.hpp"
#include "spool/posix_folder.hpp"
#include "spool/spool.hpp"
#include "system_calls.hpp"
#include "unit/batch/made_batch.hpp"
#include "unit/pipeline/recorded_log.hpp"

namespace tidegate::spool {
namespace {

using namespace std::chrono_literals;

// Time that stands still until the test lets it pass.
struct still_clock final : observe::clock {
  std::int64_t now_utc() const override { return now; }
  std::int64_t now_monotonic() const override { return now; }
  std::atomic<std::int64_t> now{1'700'000'000'000'000'000};
};

class ReadingErrors : public testing::Test {
 protected:
  // Three batches of one commit each wait since the last run, and are on the disk alone.
  ReadingErrors() {
    EXPECT_FALSE(open_posix_folder(at_.path(), folder_));
    open();
    for (std::uint64_t first : {0, 1000, 2000}) {
      in_->push(make_batch(first, 1000), {}, {});
      EXPECT_TRUE(it_->flush(clock_.now + 60'000'000'000));
    }
    open();
  }
  void open() {
    it_.reset();
    it_ = spool::open(*folder_, {}, clock_, log_);
    in_ = &it_->add_stream("telemetry", {});
    out_ = &it_->add_reader(*in_, "archive", {}, [this] { ++told_; });
    it_->start();
    EXPECT_TRUE(it_->flush(clock_.now + 60'000'000'000));
  }
  // The spool's thread sees that it has passed.
  void pass(std::chrono::nanoseconds time) {
    const int before = told_;
    clock_.now += time.count();
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (told_ == before && std::chrono::steady_clock::now() < deadline) it_->flush(clock_.now);
    EXPECT_NE(told_, before) << "whoever reads is told to try again";
  }
  std::vector<std::uint64_t> read_all() {
    std::vector<std::uint64_t> firsts;
    record each;
    while (out_->read(each)) {
      firsts.push_back(each.number + each.first);
      out_->deliver(each.number + each.first, each.count);
    }
    return firsts;
  }
  std::int64_t complaints() const {
    const auto lines = log_.lines();
    return std::count_if(lines.begin(), lines.end(), [](const auto& line) {
      return line.find("cannot read for telemetry -> archive") != std::string::npos;
    });
  }

  temporary_folder at_;
  std::unique_ptr<folder> folder_;
  still_clock clock_;
  observe::recorded_log log_;
  std::atomic<int> told_{0};
  std::unique_ptr<spool> it_;
  stream* in_ = nullptr;
  reader* out_ = nullptr;
};

TEST_F(ReadingErrors, WhatCannotBeReadNowIsReadLaterAndNotAskedForMeanwhile) {
  ordered_calls calls;
  calls->unreadable_end = INT64_MAX;
  EXPECT_TRUE(out_->has_more());
  EXPECT_TRUE(read_all().empty());
  EXPECT_TRUE(log_.has("spool: cannot read for telemetry -> archive: Input/output error; tried again"));
  EXPECT_FALSE(out_->has_more()) << "or its sink would ask at once";
  const auto asked = calls->transfers.load();
  EXPECT_TRUE(read_all().empty());
  EXPECT_EQ(calls->transfers, asked) << "it rests";
  pass(1s);
  EXPECT_TRUE(read_all().empty());
  EXPECT_EQ(complaints(), 2);
  calls->unreadable_end = 0;
  pass(2s);
  EXPECT_EQ(read_all(), (std::vector<std::uint64_t>{0, 1000, 2000}));
  EXPECT_EQ(out_->ledger().discarded(), 0u);
}

TEST_F(ReadingErrors, WhatCanNeverBeReadIsGivenUpAfterAWhileAndCostsNoMore) {
  ordered_calls calls;
  calls->unreadable_begin = 20'000;  // inside the first batch
  calls->unreadable_end = 20'001;
  std::vector<std::uint64_t> got;
  for (int each = 0; each < 7; ++each) {
    EXPECT_TRUE(read_all().empty()) << each;
    EXPECT_EQ(complaints(), each + 1);
    EXPECT_EQ(out_->ledger().discarded(), 0u);
    pass(60s);
  }
  EXPECT_EQ(read_all(), (std::vector<std::uint64_t>{1000, 2000}));
  EXPECT_EQ(complaints(), 7);
  EXPECT_EQ(out_->ledger().discarded(discard_reason::damaged), 1000u);
  EXPECT_EQ(out_->ledger().waiting, 0u);
}

// Many minutes: a disk would have been given up.
TEST_F(ReadingErrors, WhatThereIsNoMemoryForIsNeverGivenUp) {
  ordered_calls calls;
  calls->has_no_memory = true;
  for (int each = 0; each < 20; ++each) {
    EXPECT_TRUE(read_all().empty()) << each;
    EXPECT_EQ(complaints(), each + 1) << "it rests in between";
    pass(60s);
  }
  calls->has_no_memory = false;
  EXPECT_EQ(read_all(), (std::vector<std::uint64_t>{0, 1000, 2000}));
  EXPECT_EQ(out_->ledger().discarded(), 0u);
}

TEST_F(ReadingErrors, OneLaneThatRestsDoesNotHoldTheOtherUp) {
  ASSERT_TRUE(out_->split());
  in_->push(make_batch(3000, 10), {}, {});
  EXPECT_TRUE(it_->flush(clock_.now + 60'000'000'000));
  ordered_calls calls;
  calls->unreadable_end = INT64_MAX;
  record each;
  EXPECT_FALSE(out_->read(each, lane::main));
  EXPECT_FALSE(out_->has_more(lane::main));
  EXPECT_TRUE(out_->has_more(lane::live));
  ASSERT_TRUE(out_->read(each, lane::live)) << "it is in memory";
  EXPECT_EQ(each.number, 3000u);
}

}  // namespace
}  // namespace tidegate::spool
