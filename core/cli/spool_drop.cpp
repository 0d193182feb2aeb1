// tidegate spool drop ROUTE --before TIME | --all: removes what waits.
#include <unistd.h>

#include <cstdio>
#include <optional>

#include "cli/spool_commands.hpp"
#include "config/instant.hpp"
#include "config/message.hpp"
#include "observe/clock.hpp"
#include "observe/stderr_log.hpp"
#include "spool/drop.hpp"
#include "spool/posix_folder.hpp"

namespace tidegate::cli {

namespace {

int fail(const std::string& text) {
  std::fprintf(stderr, "tidegate: %s\n", text.c_str());
  return exit_unavailable;
}

// The time before which samples go; nothing if all do.
std::optional<std::int64_t> limit_of(const spool_arguments& given, std::int64_t now) {
  if (given.before.has_value() == given.all) throw usage_error{"drop needs either --before TIME or --all"};
  if (given.all) return std::nullopt;
  if (const auto ago = config::parse_duration(*given.before); ago.value) return now - *ago.value;
  const auto time = config::parse_instant(*given.before);
  if (time.value) return time.value;
  throw usage_error{"drop: --before " + config::in_quotes(*given.before) + ": " + time.problem +
                    ", or how long ago, such as 2h"};
}

std::uint64_t count_of(const std::vector<spool::number_range>& runs) {
  std::uint64_t count = 0;
  for (const auto& run : runs) count += run.end - run.first;
  return count;
}

// Whoever sits at a terminal is asked.
bool is_wanted(const arguments& given, const spool::inspected_route& route, std::uint64_t count) {
  if (given.spool.yes || ::isatty(STDIN_FILENO) == 0) return true;
  std::fprintf(stderr, "Remove %s of %s for good? 'tidegate spool export' keeps a copy. [y/N] ",
               count_text(count, "sample").c_str(), route.name().c_str());
  const int answer = std::getchar();
  return answer == 'y' || answer == 'Y';
}

int remove(const looked_at& at, const spool::inspected_route& route,
           const std::vector<spool::number_range>& runs) {
  std::unique_ptr<spool::folder> folder;
  if (const auto failed = spool::open_posix_folder(at.path, folder))
    return fail(at.path.string() + ": " + failed.message());
  const observe::system_clock clock;
  observe::stderr_log log{observe::level::warning, observe::log::format::text};
  const auto done = spool::drop(*folder, at.seen, route, runs, clock, log);
  if (!done.problem.empty()) return fail(route.name() + ": nothing was removed: " + done.problem);
  std::printf("%s: %s removed, %llu still wait%s\n", route.name().c_str(),
              count_text(done.samples, "sample").c_str(), static_cast<unsigned long long>(done.waiting),
              done.waiting == 1 ? "s" : "");
  return exit_ok;
}

}  // namespace

int spool_drop(const arguments& given) {
  const auto limit = limit_of(given.spool, observe::system_clock{}.now_utc());
  int code = exit_ok;
  auto at = look(given, code);
  if (at == nullptr) return code;
  route_named(at->seen, given.operands[1]);
  std::string problem;
  const auto held = lock_to_change(at->path, problem);
  if (held == nullptr) return fail(problem);
  at = look(given, code);  // a gateway may have written until now
  if (at == nullptr) return code;
  const auto& route = route_named(at->seen, given.operands[1]);
  const auto runs = spool::waiting_numbers(at->seen, route, limit);
  if (runs.empty()) {
    std::printf("%s: nothing to remove, %llu wait%s\n", route.name().c_str(),
                static_cast<unsigned long long>(route.counted.waiting),
                route.counted.waiting == 1 ? "s" : "");
    return exit_ok;
  }
  if (!is_wanted(given, route, count_of(runs))) {
    std::puts("nothing was removed");
    return exit_ok;
  }
  return remove(*at, route, runs);
}

}  // namespace tidegate::cli
