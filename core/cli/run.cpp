// tidegate run: the daemon.
#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "cli/signals.hpp"
#include "observe/clock.hpp"
#include "observe/metrics.hpp"
#include "observe/stderr_log.hpp"
#include "pipeline/gateway.hpp"

namespace tidegate::cli {

static observe::level level_of(const std::string& name) {
  if (name == "trace") return observe::level::trace;
  if (name == "debug") return observe::level::debug;
  if (name == "warning") return observe::level::warning;
  if (name == "error") return observe::level::error;
  return observe::level::info;
}

static std::string counted(std::size_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

static void wait_for_the_end(const signals& asked, pipeline::gateway& gateway, observe::log& log) {
  while (true) {
    switch (asked.wait_for(1000)) {
      case SIGTERM:
      case SIGINT:
        return;
      case SIGHUP:
        log.warning("", "SIGHUP: this version cannot reload; restart to apply a new configuration");
        break;
      default:
        gateway.watch();
        break;
    }
  }
}

// Within this time a second signal is the first once more: Ctrl-C reaches a program directly and through
// whoever started it.
constexpr std::int64_t same_signal = 500'000'000;

// Stops, and listens for the second signal meanwhile. False if something had to be abandoned.
static bool stop(const signals& asked, pipeline::gateway& gateway, observe::log& log,
                 const observe::clock& clock) {
  const auto asked_at = clock.now_monotonic();
  std::atomic<bool> stopped{false};
  std::thread listener{[&] {
    while (!stopped) {
      const int got = asked.wait_for(100);
      if (got != SIGTERM && got != SIGINT) continue;
      if (clock.now_monotonic() - asked_at < same_signal) continue;
      log.warning("", "second signal: stopping at once");
      gateway.hurry();
    }
  }};
  const bool all = gateway.stop();
  stopped = true;
  listener.join();
  return all;
}

int run(const arguments& given) {
  if (!given.operands.empty()) throw usage_error{"takes no operand '" + given.operands.front() + "'"};
  const signals asked;
  config::diagnostics said;
  auto opened = open_session(given, said);
  if (print(said)) return exit_configuration;

  const observe::system_clock clock;
  const auto& options = *opened.configuration;
  observe::stderr_log log{level_of(options.log.level), options.log.format == "json"
                                                           ? observe::log::format::json
                                                           : observe::log::format::text};
  observe::metrics metrics;
  const plugin::environment environment{clock, log, metrics, options.state_path};

  const auto counts = counted(options.sources.size(), "source") + ", " +
                      counted(options.pipelines.size(), "pipeline") + ", " +
                      counted(options.sinks.size(), "sink");
  const auto id = options.id;
  config::diagnostics refused;
  auto gateway =
      pipeline::gateway::create(std::move(*opened.configuration), *opened.plugins, environment, refused);
  if (print(refused)) return exit_configuration;

  gateway->start();
  log.info("",
           "tidegate " TIDEGATE_VERSION " runs gateway " + id + ": " + counts + "; from " + opened.origin);
  ::malloc_trim(0);  // what reading the configuration took is not needed any more

  wait_for_the_end(asked, *gateway, log);
  log.info("", "stopping");
  if (stop(asked, *gateway, log, clock)) {
    log.info("", "stopped");
    return exit_ok;
  }
  // A thread is still inside a plugin: nothing that it may touch is destroyed.
  ::_exit(exit_software);
}

}  // namespace tidegate::cli
