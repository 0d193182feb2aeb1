#include "series_windows.hpp"

#include <algorithm>

namespace tidegate::aggregate {

geometry geometry::of(const options& given) {
  // Each series has memory for each pane.
  constexpr std::int64_t panes_max = 10'000;
  const auto window = given["window"].integer();
  const auto every = given.has("every") ? given["every"].integer() : window;
  const auto lateness = given.has("allowed_lateness") ? given["allowed_lateness"].integer() : 0;
  if (every > window)
    throw configuration_error("every",
                              "is longer than 'window': samples between two windows would be in none");
  if (window % every != 0)
    throw configuration_error("every", "must divide 'window' without rest, such as 10s a window of 1m");
  if (window / every + lateness / every > panes_max)
    throw configuration_error(lateness / every > panes_max ? "allowed_lateness" : "every",
                              "makes more than 10000 windows open at a time; take a longer 'every'");
  return {every, window / every, lateness};
}

std::int64_t geometry::pane_of(std::int64_t time) const noexcept {
  const auto number = time / pane_length;
  return time % pane_length < 0 ? number - 1 : number;
}

bool geometry::has(std::int64_t time) const noexcept {
  constexpr auto most = std::numeric_limits<std::int64_t>::max() / 2;
  return time < most - window_length() && time > lateness + window_length() - most;
}

bool series_windows::is_late(const geometry& of, std::int64_t time) const noexcept {
  return of.pane_of(time) + of.panes_per_window - 1 <= closed;
}

pane& series_windows::pane_at(std::int64_t number) {
  const auto place =
      std::lower_bound(panes.begin(), panes.end(), number,
                       [](const pane& each, std::int64_t wanted) { return each.number < wanted; });
  if (place != panes.end() && place->number == number) return *place;
  pane made;
  made.number = number;
  return *panes.insert(place, std::move(made));
}

void series_windows::close(const geometry& of, const accumulator& how, const visitor& visit) {
  const auto last = of.pane_of(newest - of.lateness) - 1;
  if (last <= closed) return;
  close_to(last, of, how, visit);
  closed = last;
}

void series_windows::close_all(const geometry& of, const accumulator& how, const visitor& visit) {
  if (!panes.empty()) close_to(panes.back().number + of.panes_per_window - 1, of, how, visit);
}

// Windows in which there is nothing are passed over.
void series_windows::close_to(std::int64_t last, const geometry& of, const accumulator& how,
                              const visitor& visit) {
  while (!panes.empty()) {
    const auto window = closed < panes.front().number ? panes.front().number : closed + 1;
    if (window > last) return;
    const auto end =
        std::find_if(panes.begin(), panes.end(), [&](const pane& each) { return each.number > window; });
    visit(*this, window, {panes.begin(), end});
    closed = window;
    while (!panes.empty() && panes.front().number <= window - of.panes_per_window + 1) {
      carry(panes.front(), how);
      panes.erase(panes.begin());
    }
  }
}

void series_windows::carry(const pane& from, const accumulator& how) {
  how.each_field(from, [&](std::uint32_t field, const std::uint64_t* words) {
    const auto last = how.last_of_counter(words);
    if (!last) return;
    for (auto& each : carries) {
      if (each.field != field) continue;
      each = *last;
      return;
    }
    carries.push_back(*last);
  });
}

const carried* series_windows::before(std::uint32_t field, std::int64_t begin,
                                      std::int64_t window_length) const noexcept {
  for (const auto& each : carries)
    if (each.field == field) return each.time >= begin - window_length ? &each : nullptr;
  return nullptr;
}

}  // namespace tidegate::aggregate
