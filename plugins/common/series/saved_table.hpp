// A table over an orderly restart: the series that were heard last first, as many as a snapshot holds.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "series/series_table.hpp"
#include "series/snapshot.hpp"

namespace tidegate::series {

// put(snapshot_writer&, const State&). What was saved is forgotten: it is loaded, and crossed out, at the
// next start.
template <class State, class Put>
void save_table(series_table<State>& table, snapshot& to, Put put) {
  if (table.size() == 0) return;
  constexpr std::size_t room_for_one = 1024;
  snapshot_writer all;
  table.newest_first([&](const series_key& key, const State& state) {
    all.put(key);
    put(all, state);
    return all.bytes().size() + room_for_one < snapshot::bytes_max;
  });
  if (to.save(all.bytes())) table.clear();
}

// take(snapshot_reader&) gives a State. A table that remembers something already is left as it is.
template <class State, class Take>
void load_table(series_table<State>& table, snapshot& from, Take take) {
  if (table.size() != 0) return;
  const auto saved = from.load();
  snapshot_reader rest{saved};
  std::vector<std::pair<series_key, State>> newest_first;
  while (!rest.is_at_end() && newest_first.size() < table.limit()) {
    const auto key = rest.take_key();
    auto state = take(rest);
    if (rest.is_good()) newest_first.emplace_back(key, std::move(state));
  }
  std::for_each(newest_first.rbegin(), newest_first.rend(),
                [&](auto& each) { table.at(each.first, [](State&) {}).state = std::move(each.second); });
}

}  // namespace tidegate::series
