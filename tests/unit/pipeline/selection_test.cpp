// Which samples a pipeline with a condition takes, and that it shares those that it takes.
#include "pipeline/selection.hpp"

#include "config/document.hpp"
#include "config/host_options.hpp"
#include "config/load.hpp"
#include "config/option.hpp"
#include "fixture.hpp"
#include "pipeline/gate.hpp"

namespace tidegate::pipeline {
namespace {

using conditions = std::vector<config::condition>;

// The condition of `when: ...`, by way of the whole check.
conditions parsed(const std::string& yaml) {
  struct no_components final : config::component_schemas {
    found find(config::component_kind, const std::string&) override { return {nullptr, {}, "none"}; }
  } none;
  config::diagnostics said;
  const auto files =
      config::load_text("pipelines: {p: {from: a, to: b, when: " + yaml + "}}", "gw.yaml", said);
  (void)config::check(files, none, said);
  for (const auto& each : said.sorted())
    EXPECT_EQ(each.path.find("when"), std::string::npos) << to_string(each);
  config::node when;
  for (const auto& section : files.inside().root.entries)
    if (section.key == "pipelines") when = section.value.entries[0].value.find("when")->value;
  config::diagnostics unheard;
  const auto checked =
      config::check_option(*config::pipeline_options().find("when"), when, "when", {}, unheard);
  return config::check_conditions(checked, when, "when", unheard);
}

batch_ref batch_of(const std::function<void(batch_builder&)>& fill) {
  batch_builder builder;
  fill(builder);
  void* block = allocate_block(builder.bytes());
  builder.write_to(block);
  return batch_ref::adopt(block);
}

// One sample of series "door" with tag site=tokyo-1 and a field of each type.
batch_ref one_of_each() {
  return batch_of([](batch_builder& builder) {
    const auto series = builder.series("door", {{"site", "tokyo-1"}});
    const std::byte raw[] = {std::byte{'x'}};
    builder.sample(series, 1)
        .field("open", true)
        .field("minus", -5)
        .field("big", std::uint64_t{1} << 63)
        .field("whole", std::int64_t{9007199254740993})
        .field("part", 1.5)
        .field("none", std::numeric_limits<double>::quiet_NaN())
        .field("state", "half open")
        .field("raw", std::span{raw});
  });
}

TEST(Selection, ComparesWhatIsThere) {
  const auto batch = one_of_each();
  for (const auto* yaml : {"{name: door}",
                           "{name: 'd*r'}",
                           "{name: [cpu, door]}",
                           "{tags: {site: 'tokyo-?'}}",
                           "{field: open}",
                           "{tags: {site: [osaka, tokyo-1]}}",
                           "{field: open, equals: true}",
                           "{field: minus, equals: -5}",
                           "{field: minus, below: 0}",
                           "{field: minus, at_most: -5}",
                           "{field: minus, at_least: -5}",
                           "{field: minus, above: -5.5, below: -4.5}",
                           "{field: big, above: 9223372036854775807}",
                           "{field: whole, equals: 9007199254740993}",
                           "{field: whole, above: 9007199254740992}",
                           "{field: part, equals: 1.5}",
                           "{field: part, at_least: 1, at_most: 2}",
                           "{field: none}",
                           "{field: state, equals: 'half*'}",
                           "{field: raw}",
                           "{field: 'p*', above: 1}",
                           "{field: '*', equals: 1.5}",
                           "{field: [gone, part], above: 1}",
                           "[{name: cpu}, {field: part, above: 1}]",
                           "{name: door, tags: {site: tokyo-1}, field: part, above: 1}"}) {
    const auto wanted = parsed(yaml);
    EXPECT_TRUE((selection{wanted, batch.view()}.takes(batch.view()[0]))) << yaml;
  }
}

TEST(Selection, LeavesOutTheOthers) {
  const auto batch = one_of_each();
  for (const auto* yaml : {"{name: doors}",
                           "{name: [cpu, disk]}",
                           "{tags: {site: osaka}}",
                           "{tags: {room: '*'}}",
                           "{tags: {site: tokyo-1, room: b2}}",
                           "{field: open, equals: false}",
                           "{field: open, at_least: 0}",
                           "{field: minus, equals: 5}",
                           "{field: minus, above: -5}",
                           "{field: minus, below: -5}",
                           "{field: big, below: 0}",
                           "{field: whole, equals: 9007199254740992}",
                           "{field: part, above: 2, below: 3}",
                           "{field: none, at_least: 0}",
                           "{field: none, at_most: 0}",
                           "{field: none, equals: 0}",
                           "{field: state, equals: open}",
                           "{field: state, above: 1}",
                           "{field: raw, equals: x}",
                           "{field: gone}",
                           "{field: part, equals: '1.5'}",
                           "[{name: cpu}, {field: part, above: 2}]",
                           "{name: door, field: part, above: 2}",
                           "{name: cpu, field: part}"}) {
    const auto wanted = parsed(yaml);
    EXPECT_FALSE((selection{wanted, batch.view()}.takes(batch.view()[0]))) << yaml;
  }
}

struct GateTest : testing::Test {
  collecting_inlet first;
  collecting_inlet second;
  std::stop_source never;

  // What becomes of a batch of three series in turn.
  batch_ref push(const conditions& wanted, const receipt& claim = {}) {
    gate entrance{wanted};
    entrance.outlets().add(first);
    entrance.outlets().add(second);
    auto batch = batch_of([](batch_builder& builder) {
      for (std::uint64_t number = 0; number < 9; ++number)
        builder.sample(builder.series("s" + std::to_string(number % 3)), 1).field("n", number);
    });
    EXPECT_TRUE(entrance.push(batch, claim, never.get_token()));
    return batch;
  }
};

TEST_F(GateTest, PassesABatchThatFitsByReference) {
  const auto batch = push(parsed("{field: n, below: 9}"));
  ASSERT_EQ(first.count(), 1u);
  EXPECT_EQ(first.batches[0].block(), batch.block());
  EXPECT_EQ(second.batches[0].block(), batch.block());
}

TEST_F(GateTest, MakesOneBatchOfThoseThatFitForAllBehindIt) {
  (void)push(parsed("{name: [s0, s2]}"));
  EXPECT_EQ(first.numbers(), (std::vector<std::uint64_t>{0, 2, 3, 5, 6, 8}));
  EXPECT_EQ(first.batches[0].block(), second.batches[0].block());
}

TEST_F(GateTest, TellsAllBehindItThatThereWillBeClaims) {
  const auto wanted = parsed("{name: s1}");
  gate entrance{wanted};
  entrance.outlets().add(first);
  entrance.outlets().add(second);
  entrance.expect_claims();
  EXPECT_TRUE(first.expects_claims);
  EXPECT_TRUE(second.expects_claims);
}

TEST_F(GateTest, TheClaimIsHeldByThoseThatTookSomething) {
  bool is_told = false;
  (void)push(parsed("{name: s1}"), claim_that([&] { is_told = true; }));
  EXPECT_FALSE(is_told);
  first.claims.clear();
  EXPECT_FALSE(is_told);
  second.claims.clear();
  EXPECT_TRUE(is_told);
  is_told = false;
  (void)push(parsed("{name: other}"), claim_that([&] { is_told = true; }));
  EXPECT_TRUE(is_told) << "what nobody wants is done with";
  EXPECT_EQ(first.count(), 1u);
}

}  // namespace
}  // namespace tidegate::pipeline
