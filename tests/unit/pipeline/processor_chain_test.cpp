// The steps of a pipeline, with components that do as the test says.
#include "pipeline/processor_chain.hpp"

#include "fixture.hpp"

namespace tidegate::pipeline {
namespace {

struct ProcessorChainTest : RunnerTest {
  script first;
  script second;
  config::instance first_options = options_for(first, config::component_kind::processor, "line.process[0]");
  config::instance second_options = options_for(second, config::component_kind::processor, "line.process[1]");
  config::pipeline options;
  collecting_inlet out;
  std::unique_ptr<processor_chain> chain;

  ProcessorChainTest() {
    options.name = "line";
    first.on_process = second.on_process = [](processor_host, batch_view) { return true; };
  }
  void begin() {
    chain = std::make_unique<processor_chain>(options, environment);
    ASSERT_TRUE(chain->add_step(first_options, processor_component).ok());
    ASSERT_TRUE(chain->add_step(second_options, processor_component).ok());
    chain->outlets().add(out);
    chain->start();
  }
  void push(std::uint64_t number, std::uint32_t count) {
    chain->push(make_batch(number, count), {}, never.get_token());
  }
  void end() {
    chain->request_drain();
    ASSERT_TRUE(chain->worker().join_until(soon()));
    EXPECT_TRUE(chain->ledger().balanced());
  }
  // Submits the batch's numbers, each plus `offset`.
  static void submit(processor_host host, batch_view batch, std::uint64_t offset) {
    batch_builder builder;
    const auto series = builder.series("s");
    for (const auto sample : batch)
      builder.sample(series, sample.time()).field("n", sample.value(0).as_u64() + offset);
    host.submit(builder);
  }
};

TEST_F(ProcessorChainTest, PassesABatchOnByReference) {
  begin();
  const auto batch = make_batch(0, 3);
  chain->push(batch, {}, never.get_token());
  end();
  ASSERT_EQ(out.count(), 1u);
  EXPECT_EQ(out.batches[0].block(), batch.block());
}

TEST_F(ProcessorChainTest, WhatAStepSubmitsGoesToTheNext) {
  first.on_process = [](processor_host host, batch_view batch) { return submit(host, batch, 100), false; };
  second.on_process = [](processor_host host, batch_view batch) { return submit(host, batch, 1000), false; };
  begin();
  push(0, 2);
  end();
  EXPECT_EQ(out.numbers(), (std::vector<std::uint64_t>{1100, 1101}));
}

TEST_F(ProcessorChainTest, AClaimGoesOnWithWhatAStepPassesOrSubmitsForTheBatch) {
  first.on_process = [](processor_host host, batch_view batch) { return submit(host, batch, 100), false; };
  begin();
  std::atomic<int> told{0};
  chain->push(make_batch(0, 2), claim_that([&] { ++told; }), never.get_token());
  end();
  ASSERT_EQ(out.count(), 1u);
  EXPECT_EQ(told, 0) << "whoever has the samples has the claim";
  out.claims.clear();
  EXPECT_EQ(told, 1);
}

TEST_F(ProcessorChainTest, AClaimIsLetGoWithTheBatchThatAStepConsumes) {
  first.on_process = [](processor_host host, batch_view) { return host.set_timer(1ms), false; };
  first.on_tick = [](processor_host host) {
    batch_builder builder;
    builder.sample(builder.series("s"), 1).field("n", 7u);
    host.submit(builder);
  };
  begin();
  std::atomic<bool> told{false};
  // Told with no lock held, or asking for the ledger would never return.
  chain->push(make_batch(0, 2), claim_that([&] { told = chain->ledger().delivered == 2; }),
              never.get_token());
  EXPECT_TRUE(eventually([&] { return told && out.count() == 1; }));
  EXPECT_EQ(out.claims[0], nullptr) << "what was held back is nobody's";
  end();
}

TEST_F(ProcessorChainTest, ATimerGivesWhatWasHeld) {
  first.on_process = [](processor_host host, batch_view) { return host.set_timer(1ms), false; };
  first.on_tick = [](processor_host host) {
    batch_builder builder;
    builder.sample(builder.series("s"), 1).field("n", 7u);
    host.submit(builder);
  };
  begin();
  push(0, 1);
  EXPECT_TRUE(eventually([&] { return out.count() == 1; }));
  end();
  EXPECT_EQ(out.numbers(), std::vector<std::uint64_t>{7});
}

TEST_F(ProcessorChainTest, WhatAStepSubmitsAsItStopsStillPassesTheLaterOnes) {
  first.on_stop = [](processor_host host) {
    batch_builder builder;
    builder.sample(builder.series("s"), 1).field("n", 5u);
    host.submit(builder);
  };
  second.on_process = [](processor_host host, batch_view batch) { return submit(host, batch, 10), false; };
  begin();
  end();
  EXPECT_EQ(out.numbers(), std::vector<std::uint64_t>{15});
}

TEST_F(ProcessorChainTest, ATemporaryErrorTriesTheSameBatchAgain) {
  int refusals = 3;
  first.on_process = [&](processor_host, batch_view) {
    if (refusals-- > 0) throw temporary("table is locked");
    return true;
  };
  begin();
  push(0, 2);
  push(2, 2);
  EXPECT_TRUE(eventually([&] { return out.count() == 2; }));
  end();
  EXPECT_EQ(out.numbers(), up_to(4));
  EXPECT_TRUE(log.has("processor line.process[0]: backing off: table is locked"));
}

TEST_F(ProcessorChainTest, ALaterStepIsTriedAgainAndTheOnesBeforeItAreNot) {
  int calls = 0;
  first.on_process = [&](processor_host host, batch_view batch) {
    ++calls;
    if (batch[0].value(0).as_u64() == 0) return submit(host, batch, 0), false;
    return true;
  };
  int refusals = 3;
  second.on_process = [&](processor_host, batch_view) {
    if (refusals-- > 0) throw temporary("table is locked");
    if (refusals == -2) refusals = 2;
    return true;
  };
  begin();
  push(0, 2);
  push(2, 2);
  EXPECT_TRUE(eventually([&] { return out.count() == 2; }));
  end();
  EXPECT_EQ(out.numbers(), up_to(4));
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(chain->ledger().delivered, 4u);
}

TEST_F(ProcessorChainTest, WhatIsStuckBetweenStepsWhenItIsStoppedIsStillWaiting) {
  first.on_process = [](processor_host host, batch_view batch) { return submit(host, batch, 100), false; };
  second.on_process = [](processor_host, batch_view) -> bool { throw temporary("table is locked"); };
  begin();
  std::atomic<bool> told{false};
  chain->push(make_batch(0, 3), claim_that([&] { told = true; }), never.get_token());
  ASSERT_TRUE(eventually([&] { return log.has("table is locked"); }));
  chain->request_drain();
  chain->request_stop();
  ASSERT_TRUE(chain->worker().join_until(soon()));
  EXPECT_EQ(chain->ledger().waiting, 3u);
  EXPECT_TRUE(chain->ledger().balanced());
  EXPECT_FALSE(told);
  chain.reset();
  EXPECT_TRUE(told);
}

TEST_F(ProcessorChainTest, SamplesThatALaterStepBreaksItsContractOnAreDiscardedAndCounted) {
  first.on_process = [](processor_host host, batch_view batch) { return submit(host, batch, 100), false; };
  second.on_process = [](processor_host, batch_view) -> bool { throw std::logic_error{"oops"}; };
  begin();
  push(0, 3);
  end();
  EXPECT_EQ(out.count(), 0u);
  EXPECT_EQ(chain->ledger().discarded(discard_reason::rejected), 3u);
}

TEST_F(ProcessorChainTest, ABatchOnWhichAStepBreaksItsContractIsDiscardedAndCounted) {
  first.on_process = [](processor_host, batch_view batch) {
    if (batch[0].value(0).as_u64() == 0) throw std::logic_error{"oops"};
    return true;
  };
  begin();
  push(0, 3);
  push(3, 2);
  end();
  EXPECT_EQ(out.numbers(), (std::vector<std::uint64_t>{3, 4}));
  EXPECT_EQ(chain->ledger().discarded(discard_reason::rejected), 3u);
  EXPECT_EQ(chain->ledger().delivered, 2u);
}

TEST_F(ProcessorChainTest, AStepThatFailedForGoodLetsNothingPass) {
  first.on_process = [](processor_host, batch_view) -> bool { throw permanent("script is gone"); };
  begin();
  push(0, 3);
  ASSERT_TRUE(eventually([&] { return log.has("failed: "); }));
  chain->request_drain();
  ASSERT_TRUE(chain->worker().join_until(soon()));
  push(3, 3);
  EXPECT_EQ(out.count(), 0u);
  EXPECT_EQ(chain->ledger().waiting, 6u);
  EXPECT_EQ(first.stops, 1);
  EXPECT_EQ(second.stops, 1);
}

}  // namespace
}  // namespace tidegate::pipeline
