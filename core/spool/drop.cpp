#include "spool/drop.hpp"

#include "spool/offline_log.hpp"
#include "spool/salvage.hpp"
#include "tidegate/batch.hpp"

namespace tidegate::spool {

std::vector<number_range> waiting_numbers(const inspection& in, const inspected_route& route,
                                          std::optional<std::int64_t> before) {
  if (!before) {
    std::vector<number_range> all;
    for_each_unsettled(route.cursor, {route.cursor.floor(), route.next},
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
  offline_log opened{files, in, 0, clock, say};
  made.problem = opened.open();
  if (!made.problem.empty()) return made;
  auto* reader = opened.reader_of(route);
  if (reader == nullptr) {
    made.problem = "the spool has no route " + route.name() + " any more";
    return made;
  }
  const auto waiting = opened->ledger(*reader).waiting;
  for (const auto& run : runs)
    opened->discard(*reader, run.first, run.end - run.first, discard_reason::removed, opened.now());
  made.waiting = opened->ledger(*reader).waiting;
  made.samples = waiting - made.waiting;
  if (!opened.work()) made.problem = opened.why_not();
  return made;
}

}  // namespace tidegate::spool
