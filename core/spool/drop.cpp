#include "spool/drop.hpp"

#include <algorithm>
#include <map>

#include "spool/log.hpp"
#include "spool/salvage.hpp"
#include "tidegate/batch.hpp"

namespace tidegate::spool {

namespace {

// What this folder was made with, as far as its files tell: the size that most of them have.
options options_of(const inspection& in) {
  std::map<std::uint64_t, std::size_t> sizes;
  options made;
  made.max_bytes = 0;
  made.min_free_bytes = 0;
  for (const auto& file : in.files) {
    if (!file.is_segment() && file.state != file_state::blank) continue;
    ++sizes[file.bytes];
    made.max_bytes += file.bytes;
  }
  const auto usual = std::max_element(sizes.begin(), sizes.end(),
                                      [](const auto& a, const auto& b) { return a.second < b.second; });
  if (usual != sizes.end()) made.segment_bytes = static_cast<std::uint32_t>(usual->first);
  // Fewer and they would be made smaller.
  constexpr std::uint64_t segments_min = 4;
  made.max_bytes = std::max(made.max_bytes, segments_min * made.segment_bytes);
  return made;
}

// Nobody's samples but those that are named are to go, however full the spool is.
void keep_all(log& of) {
  reader_limits keeping;
  keeping.when_full = when_full::block;
  for (const auto& each : of.streams()) of.stream(each->name, {});
  for (const auto& each : of.readers()) of.reader(*each->stream, each->name, keeping);
}

log::reader_state* reader_of(const log& of, const inspected_route& route) {
  for (const auto& each : of.readers())
    if (each->id == route.id) return each.get();
  return nullptr;
}

// All that is due. False if something is that cannot be done now.
bool work(log& of, const observe::clock& clock) {
  const auto now = [&] { return moment{clock.now_monotonic(), clock.now_utc()}; };
  of.hurry();
  while (const auto job = of.plan(now())) {
    job->run();
    of.finish(*job, now());
  }
  return of.is_clean();
}

}  // namespace

std::vector<number_range> waiting_numbers(const inspection& in, const inspected_route& route,
                                          std::optional<std::int64_t> before) {
  if (!before) {
    std::vector<number_range> all;
    for_each_unsettled(route.cursor, {route.cursor.start(), route.next},
                       [&](const number_range& run) { all.push_back(run); });
    return all;
  }
  std::vector<number_range> made;
  find_waiting(in, {&route}, [&](const found_samples& found) {
    const batch_view samples{found.block};
    for (auto index = found.first; index != found.first + found.count; ++index) {
      if (samples[index].time() >= *before) continue;
      const auto number = found.number + index;
      if (made.empty() || made.back().end != number) made.push_back({number, number});
      made.back().end = number + 1;
    }
    return true;
  });
  return made;
}

// What is settled above the floor stands in the cursors run by run, and these must fit into a segment.
static std::string problem_of(cursor after, const std::vector<number_range>& runs) {
  constexpr std::size_t settled_max = 256;
  for (const auto& run : runs) after.discard(run.first, run.end, discard_reason::removed);
  reader_entry entry;
  after.store(entry);
  if (entry.settled.size() <= settled_max) return {};
  return "samples that are older and samples that are not take turns " +
         std::to_string(entry.settled.size()) + " times, and only " + std::to_string(settled_max) +
         " can be noted; name another time, or remove all";
}

dropped drop(folder& files, const inspection& in, const inspected_route& route,
             const std::vector<number_range>& runs, const observe::clock& clock, observe::log& say) {
  dropped made;
  made.problem = problem_of(route.cursor, runs);
  if (!made.problem.empty()) return made;
  log opened{files, options_of(in), say};
  const moment now{clock.now_monotonic(), clock.now_utc()};
  made.problem = opened.open(now);
  if (!made.problem.empty()) return made;
  keep_all(opened);
  auto* reader = reader_of(opened, route);
  if (reader == nullptr) {
    made.problem = "the spool has no route " + route.name() + " any more";
    return made;
  }
  const auto waiting = opened.ledger(*reader).waiting;
  for (const auto& run : runs)
    opened.discard(*reader, run.first, run.end - run.first, discard_reason::removed, now);
  made.waiting = opened.ledger(*reader).waiting;
  made.samples = waiting - made.waiting;
  if (work(opened, clock)) return made;
  const auto why = opened.status().degraded;
  made.problem = why.empty() ? "the spool has no room to note it" : why;
  return made;
}

}  // namespace tidegate::spool
