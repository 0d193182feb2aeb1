// tidegate check: loads plugins, validates, creates and destroys every instance; touches no network.
#include <cstdio>
#include <utility>

#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "config/endurance.hpp"
#include "config/sink_rates.hpp"
#include "observe/clock.hpp"
#include "observe/metrics.hpp"
#include "observe/stderr_log.hpp"
#include "pipeline/gateway.hpp"

namespace tidegate::cli {

int check(const arguments& given) {
  if (!given.operands.empty())
    throw usage_error{"takes no operand '" + given.operands.front() + "'; name the file with -c"};
  config::diagnostics said;
  auto opened = open_session(given, said);
  if (print(said)) return exit_configuration;

  const observe::system_clock clock;
  observe::stderr_log log{observe::level::warning, observe::log::format::text};
  observe::metrics metrics;
  const plugin::environment environment{clock, log, metrics, opened.configuration->state_path,
                                        opened.configuration->id};
  const auto sources = opened.configuration->sources.size();
  const auto pipelines = opened.configuration->pipelines.size();
  const auto sinks = opened.configuration->sinks.size();
  auto lines = config::endurance_lines(*opened.configuration);
  for (auto& line : config::rate_lines(*opened.configuration)) lines.push_back(std::move(line));
  config::diagnostics refused;
  const auto made =
      pipeline::gateway::create(std::move(*opened.configuration), *opened.plugins, environment, refused);
  if (print(refused)) return exit_configuration;
  std::printf("%s: ok (sources: %zu, pipelines: %zu, sinks: %zu)\n", opened.origin.c_str(), sources,
              pipelines, sinks);
  for (const auto& line : lines) std::printf("%s\n", line.c_str());
  return exit_ok;
}

}  // namespace tidegate::cli
