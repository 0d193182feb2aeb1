#include "plugin/instance.hpp"

#include <gtest/gtest.h>

#include "fakes.hpp"
#include "tidegate/testing.hpp"

namespace tidegate::plugin {
namespace {

using kind = config::component_kind;
using lines = std::vector<std::string>;

class Instance : public ::testing::Test {
 protected:
  Instance() {
    folder_.add(built("probe-parts.so"));
    folder_.add(built("from_the_future.so"));
  }
  temporary_folder folder_;
  stage on_{folder_.path()};
};

class BadInstance : public ::testing::Test {
 protected:
  stage on_{BAD_PLUGINS};
};

batch_builder& samples(batch_builder& builder, int count) {
  const auto series = builder.series("x");
  for (int index = 0; index < count; ++index) builder.sample(series, index).field("v", index);
  return builder;
}

TEST_F(Instance, GivesASourceAllThatTheHostOffers) {
  auto source = on_.create(kind::source, "probe", {{"greeting", "hi"}});
  ASSERT_NE(source, nullptr) << on_.said.text;
  EXPECT_EQ(source->name(), "one");
  EXPECT_EQ(source->who(), "source one");
  EXPECT_TRUE(source->start().ok());
  EXPECT_TRUE(source->poll().ok());
  EXPECT_TRUE(source->poll().ok());
  source->request_stop();
  source->stop();
  source.reset();
  EXPECT_EQ(on_.calls.texts, (lines{"greeting=hi", "count=I", "greeting=hi", "count=II"}));
  EXPECT_EQ(on_.calls.blocks, 0);
  EXPECT_EQ(on_.log.lines(),
            (lines{"2 source one: started as one", "2 source one: asked to stop", "2 source one: stopped"}));
  EXPECT_EQ(on_.metrics.make("source one", observe::metric_kind::counter, "polls_total", "")->value(), 2);
  EXPECT_EQ(content_of(on_.state / "sources/one/count"), "II");
}

TEST_F(Instance, MayBeStartedAgainAfterStop) {
  auto source = on_.create(kind::source, "probe", {{"greeting", "hi"}});
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(source->start().ok());
    EXPECT_TRUE(source->poll().ok());
    source->stop();
  }
  EXPECT_EQ(on_.calls.texts.size(), 4u);
}

TEST_F(Instance, ThatIsRefusedSaysWhichOptionIsWrong) {
  EXPECT_EQ(on_.create(kind::source, "probe", {{"greeting", "refuse"}}), nullptr);
  EXPECT_EQ(on_.said.status, TIDEGATE_ERROR_CONFIGURATION);
  EXPECT_EQ(on_.said.option, "greeting");
  EXPECT_EQ(on_.said.text, "is not polite");
}

TEST_F(Instance, PassesOnTheClassOfAnError) {
  auto later = on_.create(kind::source, "probe", {{"greeting", "later"}});
  auto said = later->start();
  EXPECT_EQ(said.status, TIDEGATE_ERROR_TEMPORARY);
  EXPECT_EQ(said.text, "the device is asleep");
  auto broken = on_.create(kind::source, "probe", {{"greeting", "broken"}});
  EXPECT_TRUE(broken->start().ok());
  said = broken->poll();
  EXPECT_EQ(said.status, TIDEGATE_ERROR_PERMANENT);
  EXPECT_EQ(said.text, "the device is broken");
  broken->stop();
}

TEST_F(Instance, LetsAProcessorPassOrSwallow) {
  auto processor = on_.create(kind::processor, "probe-pass");
  ASSERT_NE(processor, nullptr) << on_.said.text;
  EXPECT_TRUE(processor->start().ok());
  batch_builder builder;
  EXPECT_EQ(processor->process(testing::batch{samples(builder, 1)}.slice()).status, TIDEGATE_PASS);
  EXPECT_EQ(processor->process(testing::batch{samples(builder, 2)}.slice()).status, TIDEGATE_OK);
  EXPECT_TRUE(processor->tick().ok());
  EXPECT_EQ(on_.calls.timers, std::vector<std::int64_t>{3'000'000'000});
  processor->stop();
}

TEST_F(Instance, TakesTheAnswersOfASinkWhenTheyCome) {
  auto sink = on_.create(kind::sink, "probe-sink");
  ASSERT_NE(sink, nullptr) << on_.said.text;
  EXPECT_EQ(sink->window(), 3u);
  EXPECT_TRUE(sink->start().ok());
  batch_builder builder;
  const testing::delivery first{samples(builder, 1), 71};
  const testing::delivery second{builder, 72};
  EXPECT_TRUE(sink->write(first.raw()).ok());
  EXPECT_TRUE(sink->write(second.raw()).ok());
  EXPECT_TRUE(on_.calls.answers.empty());
  EXPECT_TRUE(sink->tick().ok());
  ASSERT_EQ(on_.calls.answers.size(), 2u);
  EXPECT_EQ(on_.calls.answers[1].token, 72u);
  EXPECT_EQ(on_.calls.answers[1].kind, static_cast<std::uint32_t>(TIDEGATE_DELIVERED));
  sink->stop();
}

TEST_F(Instance, SaysThatItIsStoppingWhenThePipelineIs) {
  on_.calls.status = TIDEGATE_STOPPING;
  auto source = on_.create(kind::source, "probe", {{"greeting", "hi"}});
  EXPECT_TRUE(source->start().ok());
  EXPECT_TRUE(source->poll().ok());
  EXPECT_EQ(on_.calls.blocks, 0);
  source->stop();
}

TEST_F(Instance, RunsAPluginWrittenInC) {
  auto source = on_.create(kind::source, "from-the-future");
  ASSERT_NE(source, nullptr) << on_.said.text;
  EXPECT_TRUE(source->start().ok());
  EXPECT_TRUE(source->poll().ok());
  source->request_stop();
  source->stop();
}

TEST_F(BadInstance, ThatThrowsFromCreateIsABugWithItsText) {
  EXPECT_EQ(on_.create(kind::source, "throw-in-create"), nullptr);
  EXPECT_EQ(on_.said.status, TIDEGATE_ERROR_BUG);
  EXPECT_EQ(on_.said.text, "no, says create");
}

TEST_F(BadInstance, ThatThrowsFromStartIsABugAndNotStarted) {
  auto source = on_.create(kind::source, "throw-in-start");
  const auto said = source->start();
  EXPECT_EQ(said.status, TIDEGATE_ERROR_BUG);
  EXPECT_EQ(said.text, "no, says start");
}

TEST_F(BadInstance, ThatThrowsFromPollIsABug) {
  auto source = on_.create(kind::source, "throw-in-poll");
  EXPECT_TRUE(source->start().ok());
  EXPECT_EQ(source->poll().status, TIDEGATE_ERROR_BUG);
  EXPECT_EQ(source->poll().text, "no, says poll");
  source->stop();
}

TEST_F(BadInstance, ThatThrowsWhatIsNoExceptionIsABug) {
  auto source = on_.create(kind::source, "throw-unknown-in-poll");
  EXPECT_TRUE(source->start().ok());
  EXPECT_EQ(source->poll().text, "an exception of unknown type was thrown");
  source->stop();
}

TEST_F(BadInstance, ThatThrowsAtTheHostIsABug) {
  auto source = on_.create(kind::source, "raw-throw-in-poll");
  EXPECT_TRUE(source->start().ok());
  const auto said = source->poll();
  EXPECT_EQ(said.status, TIDEGATE_ERROR_BUG);
  EXPECT_EQ(said.text, "the plugin threw an exception at the host: no, says the raw poll");
  source->stop();
}

TEST_F(BadInstance, ThatThrowsFromProcessIsABug) {
  auto processor = on_.create(kind::processor, "throw-in-process");
  EXPECT_TRUE(processor->start().ok());
  batch_builder builder;
  EXPECT_EQ(processor->process(testing::batch{samples(builder, 1)}.slice()).text, "no, says process");
  processor->stop();
}

TEST_F(BadInstance, ThatThrowsFromWriteIsABugAndGivesNoOtherAnswer) {
  auto sink = on_.create(kind::sink, "throw-in-write");
  EXPECT_TRUE(sink->start().ok());
  batch_builder builder;
  const testing::delivery batch{samples(builder, 1)};
  const auto said = sink->write(batch.raw());
  EXPECT_EQ(said.status, TIDEGATE_ERROR_BUG);
  EXPECT_EQ(said.text, "no, says write");
  sink->stop();
}

TEST_F(BadInstance, ThatThrowsFromTickIsABug) {
  auto sink = on_.create(kind::sink, "throw-in-tick");
  EXPECT_TRUE(sink->start().ok());
  EXPECT_EQ(sink->tick().text, "no, says tick");
  sink->stop();
}

TEST_F(BadInstance, ThatThrowsFromStopIsNamedInTheLog) {
  auto source = on_.create(kind::source, "throw-in-stop");
  EXPECT_TRUE(source->start().ok());
  source->stop();
  ASSERT_EQ(on_.log.lines().size(), 1u);
  EXPECT_TRUE(on_.log.lines()[0].starts_with("3 source one: ")) << on_.log.lines()[0];
  EXPECT_TRUE(on_.log.lines()[0].ends_with("no, says stop")) << on_.log.lines()[0];
}

TEST_F(BadInstance, ThatCompletesTwiceReachesThePipelineTwice) {
  auto sink = on_.create(kind::sink, "complete-twice");
  EXPECT_TRUE(sink->start().ok());
  batch_builder builder;
  const testing::delivery batch{samples(builder, 1), 9};
  EXPECT_TRUE(sink->write(batch.raw()).ok());
  EXPECT_EQ(on_.calls.answers.size(), 2u);
  sink->stop();
}

TEST_F(BadInstance, ThatCompletesAfterStopStillReachesThePipeline) {
  auto sink = on_.create(kind::sink, "complete-after-stop");
  EXPECT_TRUE(sink->start().ok());
  batch_builder builder;
  const testing::delivery batch{samples(builder, 1), 9};
  EXPECT_TRUE(sink->write(batch.raw()).ok());
  sink->stop();
  EXPECT_TRUE(on_.calls.answers.empty());
  sink.reset();
  EXPECT_EQ(on_.calls.answers.size(), 1u);
}

TEST_F(BadInstance, ThatSubmitsAnInvalidBlockIsToldAndNamed) {
  auto source = on_.create(kind::source, "submit-invalid-block");
  EXPECT_TRUE(source->start().ok());
  EXPECT_TRUE(source->poll().ok());
  EXPECT_EQ(on_.log.lines(),
            lines{"4 source one: plugin misbehaves: a batch was discarded: the block does not begin with "
                  "the magic bytes TGB1"});
  EXPECT_EQ(on_.calls.blocks, 0);
  EXPECT_TRUE(on_.calls.texts.empty());
  source->stop();
}

}  // namespace
}  // namespace tidegate::plugin
