#include "throttle_processor.hpp"

#include <algorithm>

namespace tidegate::throttle {

throttle_processor::throttle_processor(processor_host host, const options& given)
    : max_samples_{static_cast<std::uint32_t>(given["max_samples"].integer())},
      window_{static_cast<std::uint64_t>(given["window"].integer())},
      series_{series::selection{given}},
      passed_{static_cast<std::uint32_t>(given["max_series"].integer())},
      snapshot_{host, "throttle/1", given},
      out_{host},
      dropped_{host.counter("samples_dropped_total", "Samples that were more than may pass.")},
      forgotten_{host.counter("series_forgotten_total", "Series that made room for others.")} {}

void throttle_processor::start() {
  series::load_table(passed_, snapshot_, [](series::snapshot_reader& from) {
    passed state;
    state.window_begin = from.take<std::int64_t>();
    state.count = from.take<std::uint32_t>();
    return state;
  });
}

void throttle_processor::stop() {
  series::save_table(passed_, snapshot_, [](series::snapshot_writer& to, const passed& state) {
    to.put(state.window_begin);
    to.put(state.count);
  });
}

bool throttle_processor::process(batch_view batch) {
  if (out_.resumes()) return false;
  series_.begin(batch);
  keys_.begin(batch);
  sieve_.begin(batch);
  for (const auto sample : batch) !series_.holds(sample) || may_pass(sample) ? sieve_.keep() : sieve_.drop();
  dropped_.add(sieve_.dropped());
  return sieve_.send();
}

// A sample that is late by less than a window counts in the one that is open; one that is older by more says
// that the clock was set back, and begins a window.
bool throttle_processor::may_pass(const sample_view& sample) {
  auto& state = passed_.at(keys_.of(sample), [&](passed&) { forgotten_.add(); }).state;
  const auto time = sample.time();
  const auto distance = static_cast<std::uint64_t>(std::max(time, state.window_begin)) -
                        static_cast<std::uint64_t>(std::min(time, state.window_begin));
  if (state.count == 0 || distance >= window_) state = {time, 0};
  if (state.count >= max_samples_) return false;
  ++state.count;
  return true;
}

}  // namespace tidegate::throttle
