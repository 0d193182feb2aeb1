// tidegate run: the daemon.
#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cli/file_limit.hpp"
#include "cli/running.hpp"
#include "cli/service_manager.hpp"
#include "cli/session.hpp"
#include "cli/signals.hpp"
#include "config/difference.hpp"
#include "observe/clock.hpp"
#include "observe/metrics.hpp"
#include "observe/stderr_log.hpp"
#include "pipeline/gateway.hpp"
#include "pipeline/opened_spool.hpp"
#include "pipeline/spooled_dead_letters.hpp"

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

// Where durable pipelines keep what they accept.
struct durable_stores {
  std::unique_ptr<pipeline::opened_spool> spool;
  std::unique_ptr<pipeline::spooled_dead_letters> dead_letters;
};

// Empty if the spool cannot be had, which is told in the log.
static durable_stores open_stores(const config::spool_options& options, std::vector<std::string> routes,
                                  const observe::clock& clock, observe::log& log) {
  durable_stores made;
  std::string problem;
  made.spool = pipeline::opened_spool::open(options, clock, log, problem);
  if (made.spool == nullptr) {
    log.error("spool", problem);
    return made;
  }
  made.dead_letters = std::make_unique<pipeline::spooled_dead_letters>(
      [spool = made.spool.get()] { return spool->open_dead_letters(); }, std::move(routes), clock, log);
  return made;
}

// What a reload needs of the program, beside the gateway.
class reloading {
 public:
  reloading(const arguments& given, plugin::catalogue& plugins, pipeline::gateway& gateway,
            durable_stores& stores, running_file& tells, observe::stderr_log& log,
            const observe::clock& clock)
      : given_{given},
        plugins_{plugins},
        gateway_{gateway},
        stores_{stores},
        tells_{tells},
        log_{log},
        clock_{clock} {}

  // What came of it is told in the log.
  void run() {
    log_.info("", "reload: reading the configuration");
    tells_.reload_begins();
    said_.clear();
    config::diagnostics said;
    auto next = read_again(given_, plugins_, said);
    std::string changes;
    if (next) {
      const auto level = level_of(next->log.level);
      const auto what = gateway_.reload(
          std::move(*next), [this](const auto& of, std::string& problem) { return open(of, problem); }, said);
      changes = to_text(what);
      if (!said.has_errors()) log_.set_threshold(level);
    }
    for (const auto& each : said.sorted()) tell(each);
    const bool is_done = !said.has_errors();
    said_.push_back(is_done ? "reload: done: " + changes : "reload: refused; the gateway runs as it did");
    is_done ? log_.info("", said_.back()) : log_.error("", said_.back());
    if (is_done) tells_.runs(short_identities(gateway_.options()));
    tells_.reload_ends(is_done, said_);
    ::malloc_trim(0);
  }

 private:
  void tell(const config::diagnostic& each) {
    const auto line = config::to_string(each);
    each.level == config::diagnostic::severity::error ? log_.error("", "reload: " + line)
                                                      : log_.warning("", "reload: " + line);
    said_.push_back(line);
  }

  // For the first durable pipeline of this run.
  pipeline::gateway::stores open(const std::vector<std::string>& routes, std::string& problem) {
    raise_file_limit();
    stores_ = open_stores(gateway_.options().spool, routes, clock_, log_);
    if (stores_.spool != nullptr) return {&stores_.spool->disk(), stores_.dead_letters.get()};
    problem = "needs a spool, which cannot be opened; the log says why";
    return {};
  }

  const arguments& given_;
  plugin::catalogue& plugins_;
  pipeline::gateway& gateway_;
  durable_stores& stores_;
  running_file& tells_;
  observe::stderr_log& log_;
  const observe::clock& clock_;
  std::vector<std::string> said_;
};

static void wait_for_the_end(const signals& asked, pipeline::gateway& gateway, reloading& again,
                             service_manager& systemd) {
  while (true) {
    switch (asked.wait_for(1000)) {
      case SIGTERM:
      case SIGINT:
        return;
      case SIGHUP:
        again.run();
        gateway.watch();
        break;
      default:
        gateway.watch();
        if (gateway.makes_progress()) systemd.alive();
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
  service_manager systemd;
  config::diagnostics said;
  auto opened = open_session(given, said);
  if (print(said)) return exit_configuration;

  const observe::system_clock clock;
  const auto& options = *opened.configuration;
  observe::stderr_log log{level_of(options.log.level), options.log.format == "json"
                                                           ? observe::log::format::json
                                                           : observe::log::format::text};
  observe::metrics metrics;
  const plugin::environment environment{clock, log, metrics, options.state_path, options.id};

  const auto counts = counted(options.sources.size(), "source") + ", " +
                      counted(options.pipelines.size(), "pipeline") + ", " +
                      counted(options.sinks.size(), "sink");
  const auto id = options.id;
  const auto spool_options = options.spool;
  durable_stores stores;  // outlives the gateway
  config::diagnostics refused;
  auto gateway =
      pipeline::gateway::create(std::move(*opened.configuration), *opened.plugins, environment, refused);
  if (print(refused)) return exit_configuration;

  if (gateway->needs_spool()) {
    raise_file_limit();
    stores = open_stores(spool_options, gateway->durable_routes(), clock, log);
    if (stores.spool == nullptr) return exit_unavailable;
    gateway->start({&stores.spool->disk(), stores.dead_letters.get()});
  } else {
    gateway->start();
  }
  log.info("",
           "tidegate " TIDEGATE_VERSION " runs gateway " + id + ": " + counts + "; from " + opened.origin);
  systemd.ready("runs gateway " + id + ": " + counts);
  ::malloc_trim(0);  // what reading the configuration took is not needed any more

  running_file tells{gateway->options().state_path};
  tells.runs(short_identities(gateway->options()));
  reloading again{given, *opened.plugins, *gateway, stores, tells, log, clock};
  wait_for_the_end(asked, *gateway, again, systemd);
  systemd.stopping();
  log.info("", "stopping");
  if (stop(asked, *gateway, log, clock)) {
    log.info("", "stopped");
    return exit_ok;
  }
  // A thread is still inside a plugin: nothing that it may touch is destroyed.
  ::_exit(exit_software);
}

}  // namespace tidegate::cli
