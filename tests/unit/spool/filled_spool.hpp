// Spools for tests that look at them, and what is seen there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "small_log.hpp"
#include "spool/inspect.hpp"
#include "spool/salvage.hpp"

namespace tidegate::spool {

// Commits of different make: several records, one, cursors alone.
inline void fill(simulated_folder& files) {
  small_log made{files};
  for (const std::uint32_t count : {3u, 1u, 5u}) made.push(count);
  made.commit();
  made.push(7);
  made.commit();
  made.push(9);
  made.push(4);
  made.commit();
  record first;
  made.read(0, first);
  made.spooled.deliver(*made.readers[0], first.number, first.count, made.now());
  made.commit();
  made.push(11);
  made.commit();
}

// Several segments; the second reader is half way, with a hole above its floor.
inline void fill_segments(simulated_folder& files) {
  small_log made{files};
  for (int each = 0; each < 20; ++each) {
    made.push(500);
    made.commit();
  }
  made.spooled.deliver(*made.readers[1], 0, 3700, made.now());
  made.spooled.discard(*made.readers[1], 5000, 250, discard_reason::rejected, made.now());
  made.commit();
}

inline const inspected_route* route(const inspection& of, const std::string& sink) {
  for (const auto& each : of.routes)
    if (each.sink == sink) return &each;
  return nullptr;
}

inline take_samples into(std::vector<std::uint64_t>& values) {
  return [&values](const found_samples& found) {
    const batch_view samples{found.block};
    for (auto index = found.first; index != found.first + found.count; ++index)
      values.push_back(samples[index].find("n")->as_u64());
    return true;
  };
}

inline std::vector<std::uint64_t> waiting_values(const inspection& of, const std::string& sink) {
  std::vector<std::uint64_t> values;
  const auto* wanted = route(of, sink);
  if (wanted != nullptr) find_waiting(of, {wanted}, into(values));
  return values;
}

inline std::vector<std::uint64_t> all_values(const inspection& of) {
  std::vector<std::uint64_t> values;
  find_all(of, std::nullopt, into(values));
  return values;
}

}  // namespace tidegate::spool
