// A whole gateway of real plugins, with a spool that is made up.
#include "gateway_fixture.hpp"

namespace tidegate::pipeline {
namespace {

// Two sinks of one pipeline, of which one can write nothing.
constexpr const char* durable = R"(
gateway: {shutdown_timeout: 20s}
sources:
  numbers: {plugin: generate, rate: 0, fields: 0, count: 1000, batch_samples: 100}
pipelines:
  line: {from: numbers, to: [good, bad]}
sinks:
  good: {plugin: "null"}
  bad: {plugin: file, path: /proc/there-is-nothing/out.ndjson, retry: {min: 1ms, max: 2ms}}
)";

struct DurableGatewayTest : GatewayTest {
  void make(const char* yaml, config::buffer_type type, bool report_gaps = false) {
    GatewayTest::make(yaml, [&](config::gateway& checked) {
      checked.pipelines[0].buffer.type = type;
      checked.pipelines[0].buffer.report_gaps = report_gaps;
    });
  }
};

TEST_F(DurableGatewayTest, ADurablePipelineWritesABatchOnceForAllOfItsSinks) {
  make(durable, config::buffer_type::disk);
  ASSERT_TRUE(made->needs_spool());
  EXPECT_TRUE(disk.streams.empty()) << "create touches no disk";
  made->start({&disk});
  ASSERT_TRUE(eventually([&] { return ledger_of("line -> good").delivered == 1000; }));
  ASSERT_EQ(disk.streams.size(), 1u);
  EXPECT_EQ(disk.streams[0]->name, "line");
  EXPECT_EQ(disk.streams[0]->pushed.size(), 10u);
  ASSERT_EQ(disk.readers.size(), 2u);
  EXPECT_EQ(disk.readers[1]->name, "bad");
  EXPECT_EQ(ledger_of("line -> bad").waiting, 1000u);
  EXPECT_TRUE(made->stop());
}

TEST_F(DurableGatewayTest, WhatWaitsInTheSpoolIsKeptAndTheLogSaysSo) {
  make(durable, config::buffer_type::disk);
  made->start({&disk});
  ASSERT_TRUE(eventually([&] { return ledger_of("line -> good").delivered == 1000; }));
  EXPECT_TRUE(made->stop());
  EXPECT_TRUE(
      log.has("route line -> bad: accepted 1000, delivered 0, discarded 0, waiting 1000, kept in the spool"));
  EXPECT_FALSE(log.has("lost"));
}

TEST_F(DurableGatewayTest, WhatWaitsInMemoryIsLostAndTheLogSaysSo) {
  make(durable, config::buffer_type::memory);
  ASSERT_FALSE(made->needs_spool());
  made->start();
  ASSERT_TRUE(eventually([&] { return ledger_of("line -> good").delivered == 1000; }));
  EXPECT_TRUE(made->stop());
  EXPECT_TRUE(
      log.has("route line -> bad: accepted 1000, delivered 0, discarded 0, waiting 1000; what waits in "
              "memory is lost now"));
}

// What was given last is accepted after the sources have stopped and delivered before the sinks do.
TEST_F(DurableGatewayTest, StopsInTheOrderOfTheFlow) {
  make(durable, config::buffer_type::disk);
  disk.commits_at_once = false;
  made->start({&disk});
  std::string before_flush;
  disk.on_flush = [&] {
    for (const auto& each : made->instances())
      before_flush += each.who + " " + std::string{to_string(each.now.state)} + "; ";
  };
  ASSERT_TRUE(eventually([&] { return log.has("all 1000 samples were sent"); }));
  EXPECT_TRUE(made->stop());
  EXPECT_EQ(disk.happened, (std::vector<std::string>{"start", "flush", "stop"}));
  EXPECT_EQ(before_flush.find("source numbers stopped"), 0u) << before_flush;
  EXPECT_EQ(before_flush.find("sink good stopped"), std::string::npos) << before_flush;
  EXPECT_EQ(ledger_of("line -> good").delivered, 1000u);
}

// What is in the batch that was pushed last, if that is a report.
static std::string report_in(const spool::fake_stream& stream) {
  const auto view = stream.pushed.back().batch.view();
  if (view[0].name() != "tidegate_gap") return {};
  return std::string{*view[0].series().tag("route")} + " " + std::string{*view[0].series().tag("reason")} +
         " " + std::to_string(view[0].find("samples")->as_u64());
}

TEST_F(DurableGatewayTest, TellsThePipelineWhatItsLimitsDiscarded) {
  make(durable, config::buffer_type::disk, true);
  made->start({&disk});
  auto& stream = *disk.streams[0];
  ASSERT_TRUE(eventually([&] { return ledger_of("line -> good").delivered == 1000; }));
  disk.readers[1]->drop_before(300);
  stream.takes_offers = false;
  made->watch();
  EXPECT_EQ(stream.next, 1000u) << "there is no room, and nobody waits for it";
  stream.takes_offers = true;
  made->watch();
  EXPECT_EQ(stream.next, 1001u);
  EXPECT_EQ(report_in(stream), "line -> bad full 300");
  disk.readers[1]->drop_before(450);
  made->watch();
  EXPECT_EQ(stream.next, 1001u) << "within the second";
  EXPECT_TRUE(made->stop());
  EXPECT_EQ(report_in(stream), "line -> bad full 150");
  EXPECT_EQ(ledger_of("line -> good").delivered, 1002u);
}

TEST_F(DurableGatewayTest, TellsNothingUnasked) {
  make(durable, config::buffer_type::disk);
  made->start({&disk});
  ASSERT_TRUE(eventually([&] { return ledger_of("line -> good").delivered == 1000; }));
  disk.readers[1]->drop_before(300);
  made->watch();
  EXPECT_TRUE(made->stop());
  EXPECT_EQ(disk.streams[0]->next, 1000u);
}

TEST_F(DurableGatewayTest, HandsTheLimitsOfABufferToTheSpool) {
  config::diagnostics said;
  auto checked = config::check(config::load_text(durable, "gw.yaml", said), plugins, said);
  ASSERT_TRUE(checked);
  auto& buffer = checked->pipelines[0].buffer;
  buffer.type = config::buffer_type::disk;
  buffer.commit = {config::commit_rule::mode::never, 5s};
  buffer.max_bytes = 12345678;
  buffer.max_samples = 77;
  buffer.max_age = 3h;
  buffer.when_full = config::when_full::drop_newest;
  made = gateway::create(std::move(*checked), plugins, environment, said);
  made->start({&disk});
  EXPECT_TRUE(made->stop());
  EXPECT_EQ(disk.streams[0]->commit.when, spool::commit_rule::mode::never);
  EXPECT_EQ(disk.streams[0]->commit.window, 5s);
  for (const auto& reader : disk.readers) {
    EXPECT_EQ(reader->limits.max_bytes, 12345678u);
    EXPECT_EQ(reader->limits.max_samples, 77u);
    EXPECT_EQ(reader->limits.max_age, 3h);
    EXPECT_EQ(reader->limits.when_full, spool::when_full::drop_newest);
  }
}

}  // namespace
}  // namespace tidegate::pipeline
