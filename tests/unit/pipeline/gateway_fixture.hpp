// A whole gateway of real plugins, with a spool that is made up.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "config/load.hpp"
#include "fake_spool.hpp"
#include "fixture.hpp"
#include "pipeline/gateway.hpp"

namespace tidegate::pipeline {

struct GatewayTest : testing::Test {
  observe::recorded_log log;
  observe::system_clock clock;
  observe::metrics metrics;
  plugin::environment environment{clock, log, metrics, testing::TempDir()};
  plugin::catalogue plugins{{BUILT_PLUGINS}};
  spool::fake_spool disk;
  std::unique_ptr<gateway> made;

  // Of a configuration, after the test has had its way with it.
  void make(const std::string& yaml, const std::function<void(config::gateway&)>& change) {
    config::diagnostics said;
    auto checked = config::check(config::load_text(yaml, "gw.yaml", said), plugins, said);
    for (const auto& each : said.sorted()) ADD_FAILURE() << to_string(each);
    ASSERT_TRUE(checked);
    change(*checked);
    made = gateway::create(std::move(*checked), plugins, environment, said);
    ASSERT_NE(made, nullptr);
  }
  tidegate::ledger ledger_of(const std::string& name) const {
    for (const auto& each : made->routes())
      if (each.name == name) return each.ledger;
    return {};
  }
};

}  // namespace tidegate::pipeline
