// Pipelines that are led into each other, of real plugins.
#include <cstdio>
#include <fstream>

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
      return each->next >= (each->name == "last" ? 1010 : 1000);
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

// The steps of a pipeline, and those of one that reads it: what the second asks for is only there once the
// first has been at it. The first is slow, so that much is still before it when the gateway is stopped.
constexpr const char* chain_behind_chain = R"(
gateway: {shutdown_timeout: 60s}
sources:
  numbers: {plugin: generate, name: n, rate: 0, fields: 0, count: 1000, batch_samples: 10}
pipelines:
  second:
    from: first
    when: {tags: {stage: one}}
    process:
      - {plugin: filter, keep: {field: rest, equals: 0}}
      - {plugin: map, rename: {fields: {number: sequence}}, remove: {fields: rest}, add: {tags: {stage: two}}}
    to: [behind]
  first:
    from: numbers
    process:
      - plugin: lua
        script: |
          function process(sample)
            for i = 1, 5000 do end
            sample.fields.rest = sample.fields.sequence % 4
            return sample
          end
      - {plugin: map, add: {tags: {stage: one}}}
    to: [beside]
sinks:
  beside: {plugin: "null"}
  behind: {plugin: file, path: OUT}
)";

TEST_F(GatewayTest, StepsBehindStepsGetWhatTheFirstMadeAlsoWhenTheGatewayIsStopped) {
  const auto out = testing::TempDir() + "chain_behind_chain.ndjson";
  std::remove(out.c_str());
  std::string yaml = chain_behind_chain;
  make(yaml.replace(yaml.find("OUT"), 3, out), as_it_is);
  made->start();
  ASSERT_TRUE(eventually([&] { return log.has("all 1000 samples were sent"); }));
  EXPECT_TRUE(made->stop());
  EXPECT_EQ(ledger_of("first -> beside").delivered, 1000u);
  EXPECT_EQ(ledger_of("second -> behind").delivered, 250u);
  for (const auto& each : made->routes()) EXPECT_TRUE(each.ledger.balanced()) << each.name;
  std::ifstream lines{out};
  int number = 0;
  for (std::string line; std::getline(lines, line); number += 4) {
    EXPECT_NE(line.find("\"number\":" + std::to_string(number) + "}"), std::string::npos) << line;
    EXPECT_NE(line.find("\"stage\":\"two\""), std::string::npos) << line;
    EXPECT_EQ(line.find("rest"), std::string::npos) << line;
  }
  EXPECT_EQ(number, 1000) << "each that the first let through, once and in order";
}

}  // namespace
}  // namespace tidegate::pipeline
