// What happens to a plugin that uses the host's functions wrongly.
#include "plugin/host_side.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "fakes.hpp"
#include "tidegate/batch_builder.hpp"
#include "tidegate/host.hpp"

namespace tidegate::plugin {
namespace {

using lines = std::vector<std::string>;

class HostSide : public ::testing::Test {
 protected:
  HostSide() { builder_.sample(builder_.series("x"), 1).field("t", "a text"); }
  void* block(std::uint32_t room) {
    void* made = host_->batch_allocate(host_, room);
    builder_.write_to(made);
    return made;
  }
  lines said() { return log_.lines(); }

  kept_log log_;
  still_clock clock_;
  observe::metrics metrics_;
  kept_services calls_;
  temporary_folder state_;
  environment environment_{clock_, log_, metrics_, state_.path(), "PC-0001"};
  std::unique_ptr<host_side> side_ =
      std::make_unique<host_side>(config::component_kind::source, "one", "source one", environment_, calls_);
  const tidegate_host* host_ = side_->table();
  batch_builder builder_;
};

TEST_F(HostSide, FillsEveryFunction) {
  EXPECT_EQ(host_->size, sizeof(tidegate_host));
  EXPECT_EQ(host_->abi_major, TIDEGATE_ABI_MAJOR);
  EXPECT_EQ(host_->abi_minor, TIDEGATE_ABI_MINOR);
  for (auto* at = reinterpret_cast<void* const*>(&host_->log);
       at <= reinterpret_cast<void* const*>(&host_->extension); ++at)
    EXPECT_NE(*at, nullptr);
  EXPECT_EQ(host_->now_utc(host_), clock_.now_utc());
  EXPECT_EQ(host_->now_monotonic(host_), 42);
  EXPECT_EQ(host_->log_level(host_), static_cast<std::uint32_t>(TIDEGATE_LOG_INFO));
}

TEST_F(HostSide, TellsTheGatewaysId) { EXPECT_EQ(source_host{host_}.gateway_id(), "PC-0001"); }

TEST_F(HostSide, DropsLinesBelowTheLevelAndKnowsNoneAboveError) {
  host_->log(host_, TIDEGATE_LOG_DEBUG, text("quiet"));
  host_->log(host_, 99, text("loud"));
  EXPECT_EQ(said(), lines{"4 source one: loud"});
}

TEST_F(HostSide, RefusesABlockThatIsSubmittedTwice) {
  void* made = block(builder_.bytes());
  EXPECT_EQ(host_->batch_submit(host_, made), TIDEGATE_OK);
  EXPECT_EQ(host_->batch_submit(host_, made), TIDEGATE_ERROR_BUG);
  EXPECT_EQ(
      said(),
      lines{"4 source one: plugin misbehaves: batch_submit was called with a pointer that is no block of "
            "its own, or no longer one"});
  EXPECT_EQ(calls_.blocks, 0);
}

TEST_F(HostSide, RefusesToDiscardWhatIsNoBlock) {
  std::uint64_t mine[32] = {};
  host_->batch_discard(host_, mine);
  host_->batch_discard(host_, nullptr);
  EXPECT_EQ(said().size(), 2u);
  EXPECT_EQ(said()[0],
            "4 source one: plugin misbehaves: batch_discard was called with a pointer that is no block of "
            "its own, or no "
            "longer one");
}

TEST_F(HostSide, RefusesABlockThatClaimsMoreThanWasAllocated) {
  void* made = block(builder_.bytes());
  static_cast<tidegate_block_header*>(made)->block_bytes += 8;
  EXPECT_EQ(host_->batch_submit(host_, made), TIDEGATE_ERROR_BUG);
  EXPECT_EQ(said(), lines{"4 source one: plugin misbehaves: a batch was discarded: the block ends before its "
                          "block_bytes"});
  EXPECT_EQ(calls_.blocks, 0);
}

TEST_F(HostSide, GivesNoBlockThatIsLargerThanABatchMayBe) {
  EXPECT_EQ(host_->batch_allocate(host_, TIDEGATE_BLOCK_BYTES_MAX + 1), nullptr);
  EXPECT_EQ(
      said(),
      lines{"4 source one: plugin misbehaves: batch_allocate was asked for 67108865 bytes, where a batch "
            "has at most 67108864"});
}

TEST_F(HostSide, DiscardsWhatWasNotGivenBackWhenTheInstanceGoes) {
  block(builder_.bytes());
  block(builder_.bytes());
  EXPECT_EQ(calls_.blocks, 2);
  side_.reset();
  EXPECT_EQ(calls_.blocks, 0);
}

TEST_F(HostSide, TakesMarksFromAReplayableSource) {
  host_side replayable{config::component_kind::source, "one", "source one", environment_, calls_, true};
  const source_host host{replayable.table()};
  EXPECT_TRUE(host.submit(builder_, 7));
  builder_.sample(builder_.series("x"), 1).field("t", "more");
  EXPECT_TRUE(host.submit_part(builder_, 8));
  EXPECT_TRUE(host.submit(builder_, 8)) << "without samples it completes the mark";
  EXPECT_EQ(calls_.marks, (std::vector<std::pair<std::uint64_t, std::uint32_t>>{
                              {7, 0}, {8, TIDEGATE_MARK_CONTINUES}, {8, 0}}));
  EXPECT_EQ(calls_.texts, (lines{"t=a text", "t=more"}));
  EXPECT_EQ(host.credit(), 4711u);
  EXPECT_EQ(said(), lines{});
}

TEST_F(HostSide, TakesNoMarkFromASourceThatHasNotSaidSo) {
  const source_host host{host_};
  EXPECT_THROW(host.submit(builder_, 7), error);
  EXPECT_EQ(said(), lines{"4 source one: plugin misbehaves: a batch was discarded: it was submitted with a "
                          "mark by a component that is no TIDEGATE_FLOW_REPLAYABLE source"});
  EXPECT_TRUE(calls_.marks.empty());
  EXPECT_EQ(calls_.blocks, 0);
}

TEST_F(HostSide, TakesNoFlagsThatItDoesNotKnowAndNoBlockThatIsNotRight) {
  host_side replayable{config::component_kind::source, "one", "source one", environment_, calls_, true};
  const auto* raw = replayable.table();
  const auto* flow = component_host{raw}.extension<tidegate_flow>(TIDEGATE_FLOW);
  void* made = raw->batch_allocate(raw, builder_.bytes());
  builder_.write_to(made);
  EXPECT_EQ(flow->submit(raw, made, 7, 2), TIDEGATE_ERROR_BUG);
  EXPECT_EQ(flow->submit(raw, made, 7, 0), TIDEGATE_ERROR_BUG) << "it was given back already";
  made = raw->batch_allocate(raw, builder_.bytes());
  builder_.write_to(made);
  static_cast<tidegate_block_header*>(made)->block_bytes += 8;
  EXPECT_EQ(flow->submit(raw, made, 7, 0), TIDEGATE_ERROR_BUG);
  EXPECT_EQ(said(),
            (lines{"4 source one: plugin misbehaves: a batch was discarded: it was submitted with "
                   "flags that this host does not know",
                   "4 source one: plugin misbehaves: submit was called with a pointer that is no "
                   "block of its own, or no longer one",
                   "4 source one: plugin misbehaves: a batch was discarded: the block ends before its "
                   "block_bytes"}));
  EXPECT_TRUE(calls_.marks.empty());
  EXPECT_EQ(calls_.blocks, 0);
}

TEST_F(HostSide, TakesNoBatchFromASink) {
  host_side sink{config::component_kind::sink, "one", "sink one", environment_, calls_};
  void* made = sink.table()->batch_allocate(sink.table(), builder_.bytes());
  builder_.write_to(made);
  EXPECT_EQ(sink.table()->batch_submit(sink.table(), made), TIDEGATE_ERROR_BUG);
  EXPECT_EQ(said(),
            lines{"4 sink one: plugin misbehaves: a batch was discarded: the block comes from a sink"});
  EXPECT_EQ(calls_.blocks, 0);
}

TEST_F(HostSide, TurnsAnAnswerThatCannotBeReadIntoRetry) {
  tidegate_outcome outcome{};
  outcome.size = 8;
  host_->complete(host_, 5, &outcome);
  host_->complete(host_, 6, nullptr);
  ASSERT_EQ(calls_.answers.size(), 2u);
  EXPECT_EQ(calls_.answers[0].token, 5u);
  EXPECT_EQ(calls_.answers[0].kind, static_cast<std::uint32_t>(TIDEGATE_RETRY));
  EXPECT_EQ(calls_.answers[0].reason, "the plugin's answer could not be read");
  EXPECT_EQ(
      said()[0],
      "4 source one: plugin misbehaves: complete was called with an outcome of 8 bytes, where at least " +
          std::to_string(sizeof(tidegate_outcome)) + " are needed; the delivery is retried");
}

TEST_F(HostSide, TakesTheAnswerOfAPluginThatKnowsMore) {
  struct {
    tidegate_outcome known;
    std::uint64_t unknown = 77;
  } later{};
  later.known.size = sizeof later;
  later.known.kind = TIDEGATE_DELIVERED;
  host_->complete(host_, 5, &later.known);
  ASSERT_EQ(calls_.answers.size(), 1u);
  EXPECT_EQ(calls_.answers[0].kind, static_cast<std::uint32_t>(TIDEGATE_DELIVERED));
}

TEST_F(HostSide, HasNoExtensionThatItDoesNotKnow) {
  const component_host host{host_};
  EXPECT_NE(host.extension<void>(TIDEGATE_FLOW), nullptr);
  EXPECT_NE(host.extension<void>(TIDEGATE_METRICS), nullptr);
  EXPECT_NE(host.extension<void>(TIDEGATE_STATE), nullptr);
  EXPECT_NE(host.extension<void>(TIDEGATE_ENCODE), nullptr);
  EXPECT_EQ(host.extension<void>("tidegate.metrics/2"), nullptr);
  EXPECT_EQ(host.extension<void>("tidegate.metrics/11"), nullptr);
  EXPECT_EQ(host.extension<void>(""), nullptr);
}

TEST_F(HostSide, KeepsTheStateOfASourceAndASinkOfTheSameNameApart) {
  host_side sink{config::component_kind::sink, "one", "sink one", environment_, calls_};
  const component_host source_host{host_};
  const component_host sink_host{sink.table()};
  source_host.store_state("cursor", "of the source");
  sink_host.store_state("cursor", std::string(1000, 's'));
  EXPECT_EQ(source_host.load_state("cursor"), "of the source");
  EXPECT_EQ(sink_host.load_state("cursor"), std::string(1000, 's'));
  EXPECT_THROW(sink_host.store_state("no/good", ""), error);
}

TEST_F(HostSide, GivesNoMetricForANameThatIsNone) {
  const component_host host{host_};
  host.counter("Not A Name", "").add();
  host.counter("good_total", "").add(2);
  EXPECT_EQ(metrics_.make("source one", observe::metric_kind::counter, "good_total", "")->value(), 2);
}

}  // namespace
}  // namespace tidegate::plugin
