// tidegate spool replay [ROUTE]: offers dead letters to their sinks again.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "cli/spool_commands.hpp"
#include "observe/clock.hpp"
#include "observe/stderr_log.hpp"
#include "pipeline/dead_letter_replay.hpp"
#include "spool/posix_folder.hpp"

namespace tidegate::cli {

namespace {

int fail(const std::string& text) {
  std::fprintf(stderr, "tidegate: %s\n", text.c_str());
  return exit_unavailable;
}

// A spool that is looked at and may be changed.
struct opened_folder {
  std::unique_ptr<spool::folder> files;
  spool::inspection seen;
};

// What is wrong; empty if it is open.
std::string open(const std::filesystem::path& path, opened_folder& into) {
  if (const auto failed = spool::open_posix_folder(path, into.files))
    return path.string() + ": " + failed.message();
  into.seen = spool::inspect(*into.files);
  return into.seen.problem.empty() ? "" : path.string() + ": " + into.seen.problem;
}

template <class Is>
const spool::inspected_route* find_route(const opened_folder& in, Is is) {
  const auto& routes = in.seen.routes;
  const auto found = std::find_if(routes.begin(), routes.end(), is);
  return found == routes.end() ? nullptr : &*found;
}

// Whether it went well.
bool replay(const opened_folder& letters, const std::string& name, const opened_folder& spool) {
  // A stream of dead letters has the name of the route that they were rejected on.
  const auto* from = find_route(letters, [&](const auto& each) { return each.pipeline == name; });
  const auto* to = find_route(spool, [&](const auto& each) { return each.name() == name; });
  if (from == nullptr || to == nullptr) {
    fail(name +
         ": the spool has no such route any more; its dead letters stay, and 'tidegate spool export --path "
         "DIR/dead-letters' gives a copy of them");
    return false;
  }
  const observe::system_clock clock;
  observe::stderr_log log{observe::level::warning, observe::log::format::text};
  const auto done =
      pipeline::replay({*letters.files, letters.seen, *from}, {*spool.files, spool.seen, *to}, clock, log);
  if (!done.problem.empty()) {
    fail(name + ": " + done.problem);
    return false;
  }
  std::printf("%s: %s offered again when the gateway runs\n", name.c_str(),
              count_text(done.samples, "sample").c_str());
  return true;
}

// The names of the routes whose dead letters are meant and are there.
std::vector<std::string> chosen_routes(const arguments& given, const opened_folder& letters,
                                       const opened_folder& spool) {
  const auto* wanted = given.operands.size() == 1 ? nullptr : &route_named(spool.seen, given.operands[1]);
  std::vector<std::string> chosen;
  for (const auto& each : letters.seen.routes)
    if (each.counted.waiting != 0 && (wanted == nullptr || each.pipeline == wanted->name()))
      chosen.push_back(each.pipeline);
  return chosen;
}

}  // namespace

int spool_replay(const arguments& given) {
  int code = exit_ok;
  const auto at = look(given, code);
  if (at == nullptr) return code;
  std::string problem;
  const auto held = lock_to_change(at->path, problem);
  if (held == nullptr) return fail(problem);
  const auto path = at->path / "dead-letters";
  opened_folder spool;
  opened_folder letters;
  problem = open(at->path, spool);
  if (problem.empty() && std::filesystem::exists(path)) problem = open(path, letters);
  if (!problem.empty()) return fail(problem);
  const auto chosen = chosen_routes(given, letters, spool);
  if (chosen.empty()) std::puts("there are no dead letters");
  for (const auto& each : chosen) {
    if (!replay(letters, each, spool)) code = exit_unavailable;
    // What was written is not as it was looked at any more.
    spool.seen = spool::inspect(*spool.files);
    letters.seen = spool::inspect(*letters.files);
  }
  return code;
}

}  // namespace tidegate::cli
