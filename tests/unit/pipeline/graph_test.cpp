// Pipelines that are led into each other, of real plugins.
#include "gateway_fixture.hpp"

namespace tidegate::pipeline {
namespace {

// Two pipelines behind one with a step of its own, of which one is durable.
constexpr const char* led_on = R"(
gateway: {shutdown_timeout: 20s}
sources:
  numbers: {plugin: generate, rate: 0, fields: 1, series: 2, count: 1000, batch_samples: 100}
  others: {plugin: generate, rate: 0, fields: 1, series: 1, count: 10, batch_samples: 10}
pipelines:
  last: {from: [second, others], to: [end]}
  first: {from: "num*", to: [away], buffer: {type: disk}}
  second: {from: first, to: [good]}
sinks:
  good: {plugin: "null"}
  end: {plugin: "null"}
  away: {plugin: file, path: /proc/there-is-nothing/out.ndjson, retry: {min: 1ms, max: 2ms}}
)";

const auto as_it_is = [](const config::gateway&) {};

TEST_F(GatewayTest, APipelineBehindAnotherIsFedBesideItsBufferAndNotOutOfIt) {
  make(led_on, as_it_is);
  made->start({&disk});
  ASSERT_TRUE(eventually([&] {
    return ledger_of("second -> good").delivered == 1000 && ledger_of("last -> end").delivered == 1010;
  }));
  EXPECT_EQ(ledger_of("first -> away").waiting, 1000u) << "its outage is nobody else's";
  ASSERT_EQ(disk.streams.size(), 1u);
  EXPECT_EQ(disk.streams[0]->name, "first");
  EXPECT_TRUE(made->stop());
  for (const auto& each : made->routes()) EXPECT_TRUE(each.ledger.balanced()) << each.name;
}

TEST_F(GatewayTest, EachDurablePipelineOfAChainAcceptsForItself) {
  make(led_on, [](config::gateway& checked) {
    for (auto& each : checked.pipelines) each.buffer.type = config::buffer_type::disk;
  });
  disk.commits_at_once = false;
  made->start({&disk});
  const auto all_pushed = [&] {
    return std::all_of(disk.streams.begin(), disk.streams.end(), [](const auto& each) {
      const std::lock_guard lock{each->mutex};
      return each->next >= 1000;
    });
  };
  ASSERT_TRUE(eventually(all_pushed));
  ASSERT_EQ(disk.streams.size(), 3u);
  // The same block in all three: nothing was copied.
  for (std::size_t index = 0; index < 3; ++index)
    for (const auto& stream : disk.streams) {
      const std::lock_guard lock{stream->mutex};
      const auto& pushed = disk.streams[1]->pushed;
      EXPECT_TRUE(std::any_of(stream->pushed.begin(), stream->pushed.end(), [&](const auto& each) {
        return each.batch.block() == pushed[index].batch.block();
      }));
    }
  EXPECT_TRUE(made->stop());
  EXPECT_EQ(ledger_of("second -> good").delivered, 1000u);
  EXPECT_EQ(ledger_of("last -> end").delivered, 1010u);
}

TEST_F(GatewayTest, APipelineTakesWhatItsConditionSays) {
  make(R"(
gateway: {shutdown_timeout: 20s}
sources:
  numbers: {plugin: generate, name: n, rate: 0, fields: 0, count: 1000, batch_samples: 100}
pipelines:
  shared: {from: numbers, when: {name: n}}
  low: {from: shared, to: low, when: {field: sequence, at_most: 10}}
  none: {from: shared, to: none, when: {name: other}}
sinks:
  low: {plugin: "null"}
  none: {plugin: "null"}
)",
       as_it_is);
  made->start();
  ASSERT_TRUE(eventually([&] { return log.has("all 1000 samples were sent"); }));
  EXPECT_TRUE(made->stop());
  EXPECT_EQ(ledger_of("low -> low").delivered, 11u);
  EXPECT_EQ(ledger_of("none -> none").accepted, 0u);
}

}  // namespace
}  // namespace tidegate::pipeline
