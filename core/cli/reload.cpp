// tidegate reload: tells the gateway that runs to read its configuration again, and says what came of it;
// with
// --plan only what would.
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cli/running.hpp"
#include "cli/session.hpp"
#include "cli/spool_commands.hpp"
#include "observe/clock.hpp"
#include "observe/metrics.hpp"
#include "observe/stderr_log.hpp"
#include "pipeline/gateway.hpp"

namespace tidegate::cli {

namespace {

// A reload has parts of shutdown_timeout for what hangs, and so much more for all else.
constexpr std::int64_t patience = 60'000'000'000;

int fail(int code, const std::string& text) {
  std::fprintf(stderr, "tidegate: reload: %s\n", text.c_str());
  return code;
}

// The gateway that has the folders of this configuration; 0 if none runs.
long find_process(const config::gateway& of) {
  if (const auto process = spool::lock::holder_process(of.state_path); process != 0) return process;
  return spool::lock::holder_process(of.spool.path);
}

bool has_segments(const std::filesystem::path& spool) {
  std::error_code failed;
  for (std::filesystem::directory_iterator each{spool, failed}, end; !failed && each != end;
       each.increment(failed))
    if (each->path().filename().string().starts_with("segment-")) return true;
  return false;
}

// Names that begin with the word, without it; they are taken out.
std::vector<std::string> take_settings(std::vector<std::string>& names) {
  const std::string word = "setting ";
  std::vector<std::string> taken;
  for (const auto& each : names)
    if (each.starts_with(word)) taken.push_back(each.substr(word.size()));
  std::erase_if(names, [&](const std::string& each) { return each.starts_with(word); });
  return taken;
}

// What the spool keeps for routes that this configuration has not.
void tell_of_orphans(const arguments& given, const config::gateway& next) {
  if (!has_segments(next.spool.path)) return;
  int code = exit_ok;
  const auto spool = look(given, code);
  if (spool == nullptr) return;
  const auto routes = config::durable_routes(next);
  for (const auto& each : spool->seen.routes) {
    if (each.counted.waiting == 0 || std::find(routes.begin(), routes.end(), each.name()) != routes.end())
      continue;
    const bool is_served = std::any_of(next.sinks.begin(), next.sinks.end(),
                                       [&](const auto& sink) { return sink.name == each.sink; });
    std::printf(
        "warning: %s for %s, which this configuration has not: %s\n",
        (count_text(each.counted.waiting, "sample") + (each.counted.waiting == 1 ? " waits" : " wait"))
            .c_str(),
        each.name().c_str(),
        is_served ? "the sink still gets what waits"
                  : "kept in the spool until the room is needed; 'tidegate spool drop' removes it");
  }
}

int plan(const arguments& given, session& opened) {
  const auto& next = *opened.configuration;
  const auto running = read_running(next.state_path);
  if (find_process(next) == 0 || !running)
    return fail(exit_unavailable, "no gateway with the state folder " + next.state_path.string() +
                                      " runs that could be compared with");
  auto what = config::difference_between(running->instances, short_identities(next));
  take_settings(what.kept);
  const auto fixed = take_settings(what.changed);
  tell_of_orphans(given, next);

  const observe::system_clock clock;
  observe::stderr_log log{observe::level::warning, observe::log::format::text};
  observe::metrics metrics;
  const plugin::environment environment{clock, log, metrics, next.state_path, next.id};
  config::diagnostics refused;
  const auto made =
      pipeline::gateway::create(std::move(*opened.configuration), *opened.plugins, environment, refused);
  if (print(refused)) return exit_configuration;

  const auto tell = [](const char* word, const std::vector<std::string>& names) {
    for (const auto& each : names) std::printf("%-8s %s\n", word, each.c_str());
  };
  tell("added", what.added);
  tell("changed", what.changed);
  tell("removed", what.removed);
  tell("kept", what.kept);
  for (const auto& each : fixed)
    fail(exit_configuration,
         each + " is another one than the gateway runs with, which needs a restart: this would be refused");
  return fixed.empty() ? exit_ok : exit_configuration;
}

// Prints what was said of the reload that began last.
int end_of(const running_record& record) {
  const bool is_done = record.state == "done";
  for (const auto& each : record.said) std::fprintf(is_done ? stdout : stderr, "%s\n", each.c_str());
  return is_done ? exit_ok : exit_configuration;
}

int wait_for_end(const std::filesystem::path& state, long process, std::uint64_t wanted) {
  const observe::system_clock clock;
  const auto until = clock.now_monotonic() + patience;
  while (clock.now_monotonic() < until) {
    const auto now = read_running(state);
    if (now && now->reloads >= wanted && now->state != "under-way") return end_of(*now);
    if (::kill(static_cast<pid_t>(process), 0) < 0 && errno == ESRCH)
      return fail(exit_unavailable,
                  "process " + std::to_string(process) + " has ended meanwhile; its log says why");
    constexpr int look_every_milliseconds = 20;
    ::poll(nullptr, 0, look_every_milliseconds);
  }
  return fail(exit_unavailable, "process " + std::to_string(process) +
                                    " has not ended it within a minute; its log says what it waits for");
}

}  // namespace

int reload(const arguments& given) {
  if (!given.operands.empty())
    throw usage_error{"takes no operand '" + given.operands.front() + "'; name the file with -c"};
  config::diagnostics said;
  auto opened = open_session(given, said);
  if (print(said)) return exit_configuration;
  if (given.plan) return plan(given, opened);

  const auto& next = *opened.configuration;
  const auto process = find_process(next);
  if (process == 0)
    return fail(exit_unavailable, "no gateway runs that has the state folder " + next.state_path.string() +
                                      " or the spool " + next.spool.path.string());
  const auto before = read_running(next.state_path);
  if (::kill(static_cast<pid_t>(process), SIGHUP) < 0)
    return fail(exit_unavailable, "process " + std::to_string(process) +
                                      " cannot be told: " + std::strerror(errno) +
                                      "; run this as root, or as the user of the gateway");
  if (!before || before->process != process) {
    std::printf("process %ld was told; its log says what comes of it\n", process);
    return exit_ok;
  }
  // One that is under way may have read the files before they were what they are.
  return wait_for_end(next.state_path, process, before->reloads + 1);
}

}  // namespace tidegate::cli
