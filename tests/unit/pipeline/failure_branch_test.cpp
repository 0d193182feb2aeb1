// What a sink rejects as the source of another pipeline.
#include "gated_inlet.hpp"
#include "pipeline/processor_chain.hpp"
#include "sink_fixture.hpp"

namespace tidegate::pipeline {
namespace {

// Rejects every sample with an odd number.
void reject_odd(script& does) {
  does.on_write = [&does](delivery given) {
    std::vector<std::uint32_t> odd;
    std::uint32_t index = 0;
    given.for_each([&](const sample_view& sample) {
      if (sample.value(0).as_u64() % 2 != 0) odd.push_back(index);
      ++index;
    });
    does.note(given);
    odd.empty() ? given.delivered() : given.rejected("odd", odd);
  };
}

TEST_F(SinkRunnerTest, ABranchGetsRejectedSamplesWithTheReasonAndTheSink) {
  reject_odd(does);
  collecting_inlet branch;
  runner = std::make_unique<sink_runner>(options, std::uint16_t{1}, sink_component, environment);
  runner->add_branch(branch);
  ASSERT_TRUE(runner->create().ok());
  way = &runner->add_memory_route("line", {});
  runner->start();
  push(0, 5);
  end();
  EXPECT_EQ(branch.numbers(), (std::vector<std::uint64_t>{1, 3}));
  const auto sample = branch.batches.at(0).view()[0];
  EXPECT_EQ(sample.time(), 1001);
  EXPECT_EQ(sample.name(), "s");
  EXPECT_EQ(sample.series().tag("rejected_by"), "out");
  EXPECT_EQ(sample.find("rejected_because")->as_text(), "odd");
  EXPECT_EQ(way->ledger().delivered, 3u);
  EXPECT_EQ(way->ledger().discarded(discard_reason::rejected), 2u);
  EXPECT_TRUE(log.has("2 of 5 samples were rejected and go to what reads out.rejected: odd"));
}

// The queue has done its part; the source is told when the branch has done its.
TEST_F(SinkRunnerTest, TheClaimOfASourceGoesOnToTheBranch) {
  reject_odd(does);
  collecting_inlet branch;
  std::atomic<bool> is_told{false};
  runner = std::make_unique<sink_runner>(options, std::uint16_t{1}, sink_component, environment);
  runner->add_branch(branch);
  ASSERT_TRUE(runner->create().ok());
  way = &runner->add_memory_route("line", {});
  runner->start();
  way->push(make_batch(0, 4), claim_that([&] { is_told = true; }), never.get_token());
  ASSERT_TRUE(eventually([&] { return way->ledger().waiting == 0; }));
  end();
  EXPECT_FALSE(is_told);
  branch.claims.clear();
  EXPECT_TRUE(is_told);
}

TEST_F(SpooledSinkTest, WhatABranchHasNotSafeYetWaitsInTheSpool) {
  reject_odd(does);
  collecting_inlet branch;
  make();
  runner->add_branch(branch);
  spool_up(0, 10);
  runner->start();
  ASSERT_TRUE(eventually([&] { return branch.count() == 1 && reader->ledger().delivered == 5; }));
  EXPECT_EQ(reader->ledger().waiting, 5u);
  EXPECT_TRUE(reader->ledger().balanced());
  {
    const std::lock_guard lock{branch.mutex};
    branch.claims.clear();
  }
  ASSERT_TRUE(eventually([&] { return reader->ledger().waiting == 0; }));
  finish();
  EXPECT_EQ(reader->ledger().discarded(discard_reason::rejected), 5u);
  EXPECT_EQ(does.seen, up_to(10)) << "nothing is offered again meanwhile";
}

TEST_F(SpooledSinkTest, WhatABranchDidNotGetSafeIsOfferedAgainAfterTheNextStart) {
  reject_odd(does);
  collecting_inlet branch;
  make();
  runner->add_branch(branch);
  spool_up(0, 10);
  runner->start();
  ASSERT_TRUE(eventually([&] { return branch.count() == 1 && reader->ledger().delivered == 5; }));
  finish();
  runner->forget_handed_on();
  branch.claims.clear();
  runner->settle_handed_on();
  EXPECT_EQ(reader->ledger().waiting, 5u);
}

// Each of those that read it gets it once, and the sink goes on meanwhile.
TEST_F(SpooledSinkTest, ABranchWithoutRoomIsAskedAgainAndHoldsNothingUp) {
  reject_odd(does);
  collecting_inlet has_room;
  gated_inlet is_full;
  make();
  runner->add_branch(has_room);
  runner->add_branch(is_full);
  spool_up(0, 10);
  runner->start();
  ASSERT_TRUE(eventually([&] { return log.has("degraded: what reads out.rejected has no room"); }));
  spool_up(100, 1);
  ASSERT_TRUE(eventually([&] { return reader->ledger().delivered == 6; }));
  has_room.claims.clear();
  EXPECT_EQ(reader->ledger().waiting, 5u);
  is_full.open();
  ASSERT_TRUE(eventually([&] { return is_full.count() == 1; }));
  EXPECT_EQ(has_room.count(), 1u);
  EXPECT_EQ(reader->ledger().waiting, 5u);
  is_full.let_go();
  ASSERT_TRUE(eventually([&] { return reader->ledger().waiting == 0; }));
  finish();
  EXPECT_EQ(has_room.numbers(), (std::vector<std::uint64_t>{1, 3, 5, 7, 9}));
}

TEST_F(SpooledSinkTest, WhatABranchCouldNotTakeAtTheEndStaysInTheSpool) {
  reject_odd(does);
  collecting_inlet has_room;
  gated_inlet is_full;
  make();
  runner->add_branch(has_room);
  runner->add_branch(is_full);
  spool_up(0, 4);
  runner->start();
  ASSERT_TRUE(eventually([&] { return log.has("degraded"); }));
  finish();
  has_room.claims.clear();
  runner->settle_handed_on();
  EXPECT_EQ(reader->ledger().waiting, 2u);
}

// What separates a sink from a branch: a chain without steps.
TEST_F(RunnerTest, AChainWithoutStepsPassesOnBatchesWithTheirClaims) {
  config::pipeline line;
  line.name = "line";
  processor_chain chain{line, environment};
  collecting_inlet end;
  chain.outlets().add(end);
  chain.start();
  const auto batch = make_batch(0, 3);
  std::atomic<bool> is_told{false};
  chain.push(batch, claim_that([&] { is_told = true; }), never.get_token());
  ASSERT_TRUE(eventually([&] { return chain.ledger().delivered == 3; }));
  chain.request_drain();
  ASSERT_TRUE(chain.worker().join_until(soon()));
  ASSERT_EQ(end.count(), 1u);
  EXPECT_EQ(end.batches[0].block(), batch.block());
  EXPECT_FALSE(is_told);
  end.claims.clear();
  EXPECT_TRUE(is_told);
}

}  // namespace
}  // namespace tidegate::pipeline
