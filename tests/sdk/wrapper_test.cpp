// What the header-only wrapper makes of plain classes.
#include <gtest/gtest.h>

#include <thread>

#include "tidegate/plugin.hpp"
#include "tidegate/testing.hpp"

namespace tidegate {
namespace {

tidegate_error empty_error() {
  tidegate_error said{};
  said.size = sizeof said;
  return said;
}

// ---- Concepts: what is a component, and what is not

struct minimal_source {
  static constexpr component info{"minimal", "Does nothing."};
  minimal_source(source_host, const options&) {}
};
struct minimal_sink {
  static constexpr component info{"minimal", "Does nothing."};
  minimal_sink(sink_host, const options&) {}
  void write(delivery batch) { batch.delivered(); }
};
struct without_info {
  without_info(source_host, const options&) {}
};
struct without_constructor {
  static constexpr component info{"x", ""};
};
struct process_without_answer {
  static constexpr component info{"x", ""};
  process_without_answer(processor_host, const options&) {}
  void process(batch_view) {}
};
struct stop_that_may_throw {
  void request_stop() {}
};
struct replayable_source : minimal_source {
  static constexpr auto flow = tidegate::flow::replayable;
  using minimal_source::minimal_source;
  void acknowledge(std::uint64_t) {}
};
struct lossy_source : minimal_source {
  static constexpr auto flow = tidegate::flow::lossy;
  using minimal_source::minimal_source;
};
struct replayable_that_is_not_told : minimal_source {
  static constexpr auto flow = tidegate::flow::replayable;
  using minimal_source::minimal_source;
};
struct told_without_reason : minimal_source {
  using minimal_source::minimal_source;
  void acknowledge(std::uint64_t) {}
};
struct flow_of_another_type : minimal_source {
  static constexpr int flow = 1;
  using minimal_source::minimal_source;
};
template <class C>
concept IsSource = requires {
  typename source<C>;
};
template <class C>
concept IsProcessor = requires {
  typename processor<C>;
};
template <class C>
concept IsSink = requires {
  typename sink<C>;
};

static_assert(IsSource<minimal_source> && !IsSink<minimal_source> && !IsProcessor<minimal_source>);
static_assert(IsSink<minimal_sink> && !IsSource<minimal_sink>);
static_assert(!IsSource<without_info> && !IsSource<without_constructor>);
static_assert(IsSource<replayable_source> && IsSource<lossy_source>);
static_assert(!IsSource<replayable_that_is_not_told>, "it could never forget what it has submitted");
static_assert(!IsSource<told_without_reason>, "it would never be called");
static_assert(!IsSource<flow_of_another_type>, "a flow is a tidegate::flow");
static_assert(!IsProcessor<process_without_answer>, "process says whether the batch passes");
static_assert(!detail::HasRequestStop<stop_that_may_throw>,
              "request_stop comes from any thread: it is noexcept");

// ---- Tables

TEST(Wrapper, MakesATableOfConstants) {
  const auto& entry = source<minimal_source>::entry;
  EXPECT_EQ(entry.size, sizeof(tidegate_component));
  EXPECT_EQ(entry.kind, static_cast<std::uint32_t>(TIDEGATE_SOURCE));
  EXPECT_EQ(view(entry.name), "minimal");
  EXPECT_EQ(view(entry.options), R"({"properties": {}})");
  const auto& functions = source<minimal_source>::functions;
  EXPECT_EQ(entry.functions, &functions);
  EXPECT_EQ(functions.poll, nullptr);
  EXPECT_EQ(functions.request_stop, nullptr);
  EXPECT_EQ(functions.flow, static_cast<std::uint32_t>(TIDEGATE_FLOW_PAUSABLE));
  EXPECT_EQ(functions.acknowledge, nullptr);
  EXPECT_EQ(source<replayable_source>::functions.flow, static_cast<std::uint32_t>(TIDEGATE_FLOW_REPLAYABLE));
  EXPECT_NE(source<replayable_source>::functions.acknowledge, nullptr);
  EXPECT_EQ(source<lossy_source>::functions.flow, static_cast<std::uint32_t>(TIDEGATE_FLOW_LOSSY));
  EXPECT_EQ(sink<minimal_sink>::functions.window, 1u);
  EXPECT_EQ(sink<minimal_sink>::functions.tick, nullptr);
}

// ---- Errors

// Throws what it is told to, from everything.
struct thrower {
  static constexpr component info{"thrower", "Throws."};
  static constexpr auto flow = tidegate::flow::replayable;
  thrower(source_host, const options& given) : what_{given["what"].string()} {
    if (given["from"].text() == "create") raise();
  }
  void start() { raise(); }
  void poll() { raise(); }
  void acknowledge(std::uint64_t mark) {
    if (mark != 0) raise();
  }
  void stop() { raise(); }
  void raise() const {
    if (what_ == "configuration") throw configuration_error("tls.key", "is no key");
    if (what_ == "temporary") throw temporary("away");
    if (what_ == "permanent") throw permanent("gone");
    if (what_ == "long") throw temporary(std::string(2000, 'x'));
    if (what_ == "standard") throw std::out_of_range{"index 7"};
    if (what_ == "number") throw 7;
  }
  std::string what_;
};
constexpr auto& table = source<thrower>::functions;

class Thrower : public ::testing::Test {
 protected:
  void make(const char* what) {
    const auto options = testing::options_of({{"what", what}, {"from", ""}});
    ASSERT_EQ(table.create(host_.raw(), &options.raw(), &instance_, &said_), TIDEGATE_OK);
  }
  ~Thrower() override {
    if (instance_ != nullptr) table.destroy(instance_);
  }
  testing::host host_;
  void* instance_ = nullptr;
  tidegate_error said_ = empty_error();
};

TEST_F(Thrower, FromCreateBecomesAStatusWithTheOption) {
  const auto options = testing::options_of({{"what", "configuration"}, {"from", "create"}});
  EXPECT_EQ(table.create(host_.raw(), &options.raw(), &instance_, &said_), TIDEGATE_ERROR_CONFIGURATION);
  EXPECT_STREQ(said_.option, "tls.key");
  EXPECT_STREQ(said_.text, "is no key");
  EXPECT_EQ(instance_, nullptr);
}

TEST_F(Thrower, BecomesTheStatusOfItsClass) {
  make("temporary");
  EXPECT_EQ(table.poll(instance_, &said_), TIDEGATE_ERROR_TEMPORARY);
  EXPECT_STREQ(said_.text, "away");
}

TEST_F(Thrower, OfAPermanentErrorSaysSo) {
  make("permanent");
  EXPECT_EQ(table.start(instance_, &said_), TIDEGATE_ERROR_PERMANENT);
  EXPECT_STREQ(said_.text, "gone");
}

TEST_F(Thrower, OfAnAcknowledgementSaysSo) {
  make("temporary");
  EXPECT_EQ(table.acknowledge(instance_, 0, &said_), TIDEGATE_OK);
  EXPECT_EQ(table.acknowledge(instance_, 7, &said_), TIDEGATE_ERROR_TEMPORARY);
  EXPECT_STREQ(said_.text, "away");
}

TEST_F(Thrower, OfAnythingElseIsABug) {
  make("standard");
  EXPECT_EQ(table.poll(instance_, &said_), TIDEGATE_ERROR_BUG);
  EXPECT_STREQ(said_.text, "index 7");
}

TEST_F(Thrower, OfWhatIsNoExceptionIsABug) {
  make("number");
  EXPECT_EQ(table.poll(instance_, &said_), TIDEGATE_ERROR_BUG);
  EXPECT_STREQ(said_.text, "an exception of unknown type was thrown");
}

TEST_F(Thrower, OfALongTextHasItCutAndTerminated) {
  make("long");
  EXPECT_EQ(table.poll(instance_, &said_), TIDEGATE_ERROR_TEMPORARY);
  EXPECT_EQ(std::string{said_.text}, std::string(sizeof said_.text - 1, 'x'));
}

TEST_F(Thrower, WritesNothingIntoAnErrorThatIsSmallerThanItKnows) {
  make("temporary");
  said_.size = 8;
  said_.text[0] = '?';
  EXPECT_EQ(table.poll(instance_, &said_), TIDEGATE_ERROR_TEMPORARY);
  EXPECT_EQ(said_.text[0], '?');
  EXPECT_EQ(table.poll(instance_, nullptr), TIDEGATE_ERROR_TEMPORARY);
}

TEST_F(Thrower, FromStopGoesToTheLog) {
  make("temporary");
  table.stop(instance_);
  ASSERT_EQ(host_.log_lines().size(), 1u);
  EXPECT_EQ(host_.log_lines()[0].level, static_cast<std::uint32_t>(TIDEGATE_LOG_WARNING));
  EXPECT_NE(host_.log_lines()[0].text.find("away"), std::string::npos);
}

// ---- Options

TEST(Options, AreReadByTypeAndNamedByPath) {
  const auto given = testing::options_of({{"on", true},
                                          {"n", 5},
                                          {"half", 0.5},
                                          {"wait", std::chrono::seconds{2}},
                                          {"list", testing::list({"a", "b"})},
                                          {"tls", testing::map({{"key", "k.pem"}})},
                                          {"none", nullptr}});
  const auto read = given.options();
  EXPECT_TRUE(read["on"].boolean());
  EXPECT_EQ(read["n"].integer(), 5);
  EXPECT_EQ(read["n"].number(), 5.0);
  EXPECT_EQ(read["half"].number(), 0.5);
  EXPECT_EQ(read["wait"].duration(), std::chrono::seconds{2});
  EXPECT_EQ(read["list"].strings(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(read["list"][1].path(), "list[1]");
  EXPECT_EQ(read["tls"]["key"].path(), "tls.key");
  EXPECT_FALSE(read.has("none"));
  EXPECT_TRUE(read["none"].is_null());
  EXPECT_FALSE(read.has("missing"));
}

TEST(Options, ReadAsWhatTheyAreNotAreABugOfThePlugin) {
  const auto given = testing::options_of({{"n", 5}, {"list", testing::list({1})}});
  const auto read = given.options();
  EXPECT_THROW(read["n"].text(), error);
  EXPECT_THROW(read["missing"], error);
  EXPECT_THROW(read["list"][1], error);
  EXPECT_THROW(read["n"][0], error);
  try {
    read["n"].boolean();
    FAIL();
  } catch (const error& thrown) {
    EXPECT_EQ(thrown.status(), TIDEGATE_ERROR_BUG);
    EXPECT_STREQ(thrown.what(), "option 'n' is read as another type than its schema says");
  }
}

// ---- Deliveries

class Delivery : public ::testing::Test {
 protected:
  Delivery() { builder_.sample(builder_.series("s"), 1).field("v", 1); }
  testing::completion only() {
    const auto all = host_.completions();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? testing::completion{} : all[0];
  }
  testing::host host_;
  batch_builder builder_;
};

TEST_F(Delivery, IsAnsweredOnce) {
  const testing::delivery given{builder_, 7};
  {
    auto batch = host_.offer(given);
    batch.delivered();
    EXPECT_TRUE(batch.answered());
    batch.retry("too late");
  }
  EXPECT_EQ(only().token, 7u);
  EXPECT_EQ(only().kind, static_cast<std::uint32_t>(TIDEGATE_DELIVERED));
}

TEST_F(Delivery, DestroyedWithoutAnswerIsRetried) {
  const testing::delivery given{builder_, 7};
  { const auto batch = host_.offer(given); }
  EXPECT_EQ(only().kind, static_cast<std::uint32_t>(TIDEGATE_RETRY));
  EXPECT_EQ(only().reason, "the plugin gave no answer");
}

TEST_F(Delivery, MovedIsAnsweredByItsNewOwnerAlone) {
  const testing::delivery given{builder_, 7};
  {
    auto batch = host_.offer(given);
    auto owner = std::move(batch);
    EXPECT_TRUE(host_.completions().empty());
    owner.ambiguous("the connection broke");
  }
  EXPECT_EQ(only().kind, static_cast<std::uint32_t>(TIDEGATE_AMBIGUOUS));
}

TEST_F(Delivery, AssignedOverIsRetriedFirst) {
  const testing::delivery first{builder_, 1};
  const testing::delivery second{builder_, 2};
  auto batch = host_.offer(first);
  batch = host_.offer(second);
  EXPECT_EQ(only().token, 1u);
  batch.delivered();
  EXPECT_EQ(host_.completions().size(), 2u);
}

TEST_F(Delivery, MayBeAnsweredFromAnotherThread) {
  const testing::delivery given{builder_, 7};
  std::thread{[batch = host_.offer(given)]() mutable {
    batch.retry("busy", std::chrono::seconds{3});
  }}.join();
  EXPECT_EQ(only().retry_after, std::chrono::seconds{3});
  EXPECT_EQ(only().reason, "busy");
}

TEST_F(Delivery, NamesTheSamplesThatAreRejected) {
  const testing::delivery given{builder_, 7};
  const std::uint32_t bad[] = {0, 4};
  host_.offer(given).rejected("too large", bad);
  EXPECT_EQ(only().kind, static_cast<std::uint32_t>(TIDEGATE_REJECTED));
  EXPECT_EQ(only().rejected, (std::vector<std::uint32_t>{0, 4}));
}

TEST_F(Delivery, ReleasedIsLeftToWhoKeepsTheToken) {
  const testing::delivery given{builder_, 7};
  EXPECT_EQ(host_.offer(given).release(), 7u);
  EXPECT_TRUE(host_.completions().empty());
}

TEST_F(Delivery, ShowsTheSamplesOfAllItsSlicesInOrder) {
  builder_.sample(builder_.series("s"), 2).field("v", 2);
  testing::delivery given;
  given.add(builder_, 1, 1).add(builder_);
  auto batch = host_.offer(given);
  EXPECT_EQ(batch.size(), 3u);
  std::vector<std::int64_t> times;
  batch.for_each([&](const sample_view& sample) { times.push_back(sample.time()); });
  EXPECT_EQ(times, (std::vector<std::int64_t>{2, 1, 2}));
  batch.delivered();
}

// A sink whose write throws gives one answer, and it is the exception's.
struct throwing_sink {
  static constexpr component info{"throwing", "Throws."};
  throwing_sink(sink_host, const options&) {}
  void write(delivery) { throw temporary("no route"); }
};

TEST_F(Delivery, WhoseWriteThrowsIsAnsweredByTheStatusAlone) {
  const auto options = testing::options_of({});
  void* instance = nullptr;
  auto said = empty_error();
  const auto& functions = sink<throwing_sink>::functions;
  ASSERT_EQ(functions.create(host_.raw(), &options.raw(), &instance, &said), TIDEGATE_OK);
  const testing::delivery given{builder_, 7};
  EXPECT_EQ(functions.write(instance, &given.raw(), &said), TIDEGATE_ERROR_TEMPORARY);
  EXPECT_STREQ(said.text, "no route");
  EXPECT_TRUE(host_.completions().empty());
  functions.destroy(instance);
}

// ---- Submitting

TEST(SourceHost, SubmitsAndKeepsSeries) {
  testing::host host;
  batch_builder builder;
  const auto series = builder.series("s");
  builder.sample(series, 1).field("v", 1);
  EXPECT_TRUE(host.source().submit(builder));
  EXPECT_TRUE(builder.empty());
  EXPECT_TRUE(host.source().submit(builder));
  EXPECT_EQ(host.batches().size(), 1u) << "nothing is sent for no samples";
  EXPECT_EQ(host.blocks_held(), 0u);
}

TEST(SourceHost, SaysWhetherTheInstanceIsBeingStopped) {
  testing::host host;
  host.answer_submits_with(TIDEGATE_STOPPING);
  batch_builder builder;
  builder.sample(builder.series("s"), 1).field("v", 1);
  EXPECT_FALSE(host.source().submit(builder));
}

TEST(SourceHost, ThrowsWhereTheHostHasNoMemory) {
  testing::host host;
  host.set_out_of_memory(true);
  batch_builder builder;
  builder.sample(builder.series("s"), 1).field("v", 1);
  EXPECT_THROW(host.source().submit(builder), error);
  EXPECT_EQ(builder.size(), 1u) << "the samples are kept for another attempt";
}

batch_builder& one_sample(batch_builder& builder) {
  builder.sample(builder.series("s"), 1).field("v", 1);
  return builder;
}

TEST(SourceHost, SubmitsWithMarksThatAreAcknowledgedWhenTheyAreComplete) {
  testing::host host;
  batch_builder builder;
  EXPECT_TRUE(host.source().submit(one_sample(builder), 7));
  EXPECT_TRUE(host.source().submit_part(one_sample(builder), 8));
  EXPECT_TRUE(host.source().submit_part(builder, 8)) << "nothing is sent for no samples";
  EXPECT_EQ(host.unacknowledged(), std::vector<std::uint64_t>{7});
  EXPECT_TRUE(host.source().submit(one_sample(builder), 8));
  EXPECT_TRUE(host.source().submit(builder, 9)) << "without samples the mark is acknowledged all the same";
  EXPECT_EQ(host.unacknowledged(), (std::vector<std::uint64_t>{7, 8, 9}));
  EXPECT_EQ(host.batches().size(), 3u);
}

TEST(SourceHost, WhatIsRefusedIsNotAcknowledged) {
  testing::host host;
  host.answer_submits_with(TIDEGATE_STOPPING);
  batch_builder builder;
  EXPECT_FALSE(host.source().submit(one_sample(builder), 7));
  host.answer_submits_with(TIDEGATE_ERROR_BUG);
  EXPECT_THROW(host.source().submit(one_sample(builder), 8), error);
  EXPECT_TRUE(host.unacknowledged().empty());
}

TEST(SourceHost, NeedsAHostThatKnowsMarks) {
  testing::host host;
  host.set_extension(TIDEGATE_FLOW, nullptr);
  batch_builder builder;
  EXPECT_THROW(host.source().submit(one_sample(builder), 7), error);
  EXPECT_EQ(host.source().credit(), UINT64_MAX);
}

TEST(SourceHost, AsksForItsCredit) {
  testing::host host;
  EXPECT_EQ(host.source().credit(), UINT64_MAX);
  host.set_credit(100);
  EXPECT_EQ(host.source().credit(), 100u);
}

TEST(TestingHost, AcknowledgesAsTheHostDoes) {
  struct {
    void acknowledge(std::uint64_t mark) { told.push_back(mark); }
    std::vector<std::uint64_t> told;
  } component;
  testing::host host;
  batch_builder builder;
  for (std::uint64_t mark = 1; mark < 4; ++mark) host.source().submit(one_sample(builder), mark);
  host.acknowledge(component, 2);
  EXPECT_THROW(host.acknowledge(component, 2), std::logic_error);
  host.acknowledge(component);
  EXPECT_EQ(component.told, (std::vector<std::uint64_t>{2, 1, 3}));
  EXPECT_TRUE(host.unacknowledged().empty());
}

TEST(ComponentHost, KeepsStateOfAnySize) {
  testing::host host;
  EXPECT_EQ(host.source().load_state("k"), "");
  host.source().store_state("k", std::string(5000, 's'));
  EXPECT_EQ(host.source().load_state("k"), std::string(5000, 's'));
  host.fail_state("disk full");
  EXPECT_THROW(host.source().store_state("k", "x"), error);
}

TEST(ComponentHost, CountsNothingWhereThereAreNoMetrics) {
  testing::host host;
  host.set_extension(TIDEGATE_METRICS, nullptr);
  host.source().counter("x_total", "").add();
  EXPECT_FALSE(host.has_metric("x_total"));
}

TEST(TestingHost, TellsWhatNoComponentMayDo) {
  testing::host host;
  const auto* raw = host.raw();
  void* block = raw->batch_allocate(raw, 256);
  std::memset(block, 0, 256);
  EXPECT_EQ(raw->batch_submit(raw, block), TIDEGATE_ERROR_BUG);
  raw->batch_discard(raw, block);
  EXPECT_EQ(host.violations(),
            (std::vector<std::string>{"a block was submitted that does not begin with the magic bytes TGB1",
                                      "a block was given back that is not held: twice, or never allocated"}));
}

TEST(TestingHost, MovesBothClocksAndKeepsTimers) {
  testing::host host;
  host.set_utc(1000);
  const auto monotonic = host.sink().now_monotonic();
  host.advance(std::chrono::nanoseconds{5});
  EXPECT_EQ(host.sink().now_utc(), 1005);
  EXPECT_EQ(host.sink().now_monotonic(), monotonic + 5);
  host.sink().set_timer(std::chrono::seconds{1});
  EXPECT_EQ(host.timer(), std::chrono::seconds{1});
  host.sink().set_timer(std::chrono::seconds{-1});
  EXPECT_EQ(host.timer(), std::nullopt);
}

}  // namespace
}  // namespace tidegate
