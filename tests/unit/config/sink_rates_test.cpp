#include "config/sink_rates.hpp"

#include "support.hpp"

namespace tidegate::config {
namespace {

// A sink `cloud`, which may send 100 messages and 512KiB a second and puts as many samples into a message as
// it is told; and `broker`, which has no limits unless it is given some.
outcome rates(const std::string& sources, const std::string& pipelines, const std::string& cloud = {},
              const std::string& broker = {}) {
  diagnostics said;
  fake_components components;
  components.add(component_kind::sink, "cloud", R"({"properties": {
    "samples_per_message": {"type": "integer", "default": 1},
    "limits": {"default": {}, "properties": {
      "messages_per_second": {"type": "integer", "default": 100},
      "bytes_per_second": {"type": "string", "unit": "size", "default": "512KiB"}}}}})");
  components.add(component_kind::sink, "broker", R"({"properties": {
    "limits": {"default": {}, "properties": {
      "messages_per_second": {"type": "integer"},
      "bytes_per_second": {"type": "string", "unit": "size"}}}}})");
  const auto yaml = "sources:\n" + sources + "sinks:\n  aws: {plugin: cloud" + cloud +
                    "}\n  local: {plugin: broker" + broker + "}\npipelines:\n" + pipelines;
  auto made = check(load_text(yaml, "gw.yaml", said), components, said);
  return {std::move(made), messages(said)};
}

lines rate_lines_of(const outcome& got) {
  EXPECT_TRUE(got.made);
  return got.made ? rate_lines(*got.made) : lines{};
}

constexpr auto both = "  line: {from: [cpu], to: [aws, local]}\n";

std::string polled_each(const std::string& interval) {
  return "  cpu: {plugin: cpu, interval: " + interval + "}\n";
}

TEST(SinkRates, AreComparedWithTheLimitsOfTheSink) {
  const auto got = rates(polled_each("5s"), both);
  EXPECT_EQ(got.said, lines{});
  EXPECT_EQ(rate_lines_of(got),
            lines{"sink aws: at about 0.2 samples/s, 0.2 of 100 messages/s and 40B of 512KiB/s are used"});
}

TEST(SinkRates, OfASinkWithoutLimitsAreNotTold) {
  EXPECT_EQ(rate_lines_of(rates(polled_each("5s"), "  line: {from: cpu, to: local}\n")), lines{});
  EXPECT_EQ(rate_lines_of(rates(polled_each("100ms"), "  line: {from: cpu, to: local}\n", {},
                                ", limits: {bytes_per_second: 1MiB}")),
            lines{"sink local: at about 10 samples/s, 2KiB of 1MiB/s are used"});
}

TEST(SinkRates, AddUpOverTheSourcesAndPipelinesOfASink) {
  const auto got = rates(polled_each("1s") + "  memory: {plugin: cpu, interval: 500ms}\n",
                         "  one: {from: [cpu, memory], to: aws}\n  two: {from: memory, to: [aws, local]}\n");
  EXPECT_EQ(rate_lines_of(got),
            lines{"sink aws: at about 5 samples/s, 5 of 100 messages/s and 1000B of 512KiB/s are used"});
}

TEST(SinkRates, AreWarnedOfWhereMoreComesThanMayBeSent) {
  const auto got = rates(polled_each("4ms"), both);
  EXPECT_EQ(got.said,
            lines{"gw.yaml:4:3: warning: sinks.aws.limits.messages_per_second: is 100, of which 90 can be "
                  "used in the long run, but about 250 "
                  "samples/s come in, a message each; put more into one (samples_per_message: 3), or "
                  "read less often (interval); else samples pile up until the buffer is full"});
  EXPECT_EQ(rate_lines_of(got),
            lines{"sink aws: at about 250 samples/s, 250 of 100 messages/s and 49KiB of 512KiB/s are used"});
}

TEST(SinkRates, ThatReachNineTenthsOfALimitKeepIt) {
  EXPECT_EQ(rates(polled_each("11112us"), both).said, lines{});
  EXPECT_EQ(rates(polled_each("11ms"), both).said.size(), 1u);
}

TEST(SinkRates, CountMessagesAsFull) {
  const auto enough = rates(polled_each("4ms"), both, ", samples_per_message: 3");
  EXPECT_EQ(enough.said, lines{});
  EXPECT_EQ(rate_lines_of(enough),
            lines{"sink aws: at about 250 samples/s, at least 83 of 100 messages/s and "
                  "49KiB of 512KiB/s are used"});
  const auto less =
      rates(polled_each("4ms"), both, ", samples_per_message: 2, limits: {messages_per_second: 50}");
  EXPECT_EQ(less.said,
            lines{"gw.yaml:4:78: warning: sinks.aws.limits.messages_per_second: is 50, of which 45 can be "
                  "used in the long run, but about 250 "
                  "samples/s come in, at most 2 in a message; put more into one (samples_per_message: "
                  "6), or read less often (interval); else samples pile up until the buffer is full"});
}

TEST(SinkRates, OfASinkThatSendsEachSampleAloneNeedLongerIntervals) {
  const auto got =
      rates(polled_each("4ms"), both, ", samples_per_message: 3", ", limits: {messages_per_second: 5}");
  EXPECT_EQ(got.said,
            lines{"gw.yaml:5:57: warning: sinks.local.limits.messages_per_second: is 5, of which 4.5 can be "
                  "used in the long run, but about 250 "
                  "samples/s come in, a message each; read less often (interval); else samples pile up "
                  "until the buffer is full"});
}

TEST(SinkRates, AreWarnedOfInBytes) {
  const auto got =
      rates(polled_each("1ms"), both, ", samples_per_message: 100, limits: {bytes_per_second: 100KiB}");
  EXPECT_EQ(got.said,
            lines{"gw.yaml:4:77: warning: sinks.aws.limits.bytes_per_second: is 100KiB, but about 1000 "
                  "samples/s come in, which are 195KiB/s at 200 bytes each; send fewer fields, or read "
                  "less often (interval); else samples pile up until the buffer is full"});
}

TEST(SinkRates, BehindStepsMayBeLess) {
  const auto got = rates(polled_each("4ms"),
                         "  line: {from: cpu, process: [{plugin: deadband, field: x}], to: [aws, local]}\n");
  EXPECT_EQ(got.said, lines{});
  EXPECT_EQ(rate_lines_of(got),
            lines{"sink aws: at about 250 samples/s before the steps, 250 of 100 messages/s "
                  "and 49KiB of 512KiB/s are used"});
}

TEST(SinkRates, OfSourcesThatAreNotPolledAreNotKnown) {
  const auto plc = "  plc: {plugin: generate}\n";
  EXPECT_EQ(rate_lines_of(rates(plc, "  line: {from: plc, to: [aws, local]}\n")),
            lines{"sink aws: whether 100 messages/s and 512KiB/s are enough depends on what plc gives"});
  EXPECT_EQ(
      rate_lines_of(rates(polled_each("5s") + plc,
                          "  one: {from: [cpu, plc], to: aws}\n  two: {from: plc, to: [aws, local]}\n")),
      lines{"sink aws: at about 0.2 samples/s and what plc gives besides, 0.2 of 100 messages/s and 40B of "
            "512KiB/s are used"});
}

}  // namespace
}  // namespace tidegate::config
