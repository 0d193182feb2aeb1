#include "dedupe_processor.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tidegate::dedupe {

namespace {

std::uint64_t distance(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::uint64_t>(std::max(a, b)) - static_cast<std::uint64_t>(std::min(a, b));
}

std::uint64_t forget_after(const options& given) {
  if (given.has("window")) {
    if (given.has("at_least_every"))
      throw configuration_error("at_least_every",
                                "goes without 'window', after which a sample passes anyway; remove it");
    return static_cast<std::uint64_t>(given["window"].integer());
  }
  return given.has("at_least_every") ? static_cast<std::uint64_t>(given["at_least_every"].integer())
                                     : UINT64_MAX;
}

void add(series::key_maker& to, const field_value& value) {
  to.add(static_cast<std::uint64_t>(value.type()));
  if (value.type() == type::string || value.type() == type::bytes) return to.add(value.as_text());
  // There is more than one NaN.
  const bool is_nan = value.type() == type::f64 && std::isnan(value.as_f64());
  to.add(is_nan ? UINT64_MAX : value.as_u64());
}

}  // namespace

dedupe_processor::dedupe_processor(processor_host host, const options& given)
    : remembers_all_{given.has("window")},
      same_time_{given["same_time"].boolean()},
      forget_after_{forget_after(given)},
      series_{series::selection{given}},
      columns_{series::patterns{given["field"]}},
      seen_{static_cast<std::uint32_t>(given["max_series"].integer())},
      snapshot_{host, "dedupe/1", given},
      out_{host},
      dropped_{host.counter("samples_dropped_total", "Samples that were the same as one before.")},
      forgotten_{host.counter("series_forgotten_total",
                              "Series, or samples of a window, that made room for others.")} {}

void dedupe_processor::start() {
  series::load_table(seen_, snapshot_, [](series::snapshot_reader& from) {
    seen state;
    state.content = from.take_key();
    state.time = from.take<std::int64_t>();
    return state;
  });
}

void dedupe_processor::stop() {
  series::save_table(seen_, snapshot_, [](series::snapshot_writer& to, const seen& state) {
    to.put(state.content);
    to.put(state.time);
  });
}

bool dedupe_processor::process(batch_view batch) {
  if (out_.resumes()) return false;
  series_.begin(batch);
  columns_.begin(batch);
  keys_.begin(batch);
  sieve_.begin(batch);
  for (const auto sample : batch) !is_meant(sample) || is_new(sample) ? sieve_.keep() : sieve_.drop();
  dropped_.add(sieve_.dropped());
  return sieve_.send();
}

// A sample in which nothing is to be compared is not the same as another.
bool dedupe_processor::is_meant(const sample_view& sample) {
  return series_.holds(sample) && (sample.size() == 0 || !columns_.of(sample).empty());
}

series::series_key dedupe_processor::content_of(const sample_view& sample) {
  series::key_maker made;
  for (const auto column : columns_.of(sample)) {
    made.add(sample.shape()[column].name);
    add(made, sample.value(column));
  }
  if (same_time_) made.add(static_cast<std::uint64_t>(sample.time()));
  return made.key();
}

// What is remembered is the sample that passed, so that what is the same for ever passes once a window.
bool dedupe_processor::is_new(const sample_view& sample) {
  const auto content = content_of(sample);
  auto key = keys_.of(sample);
  if (remembers_all_) {
    series::key_maker made;
    made.add(key.high);
    made.add(key.low ^ content.high);
    made.add(content.low);
    key = made.key();
  }
  auto [state, is_first] = seen_.at(key, [&](seen&) { forgotten_.add(); });
  if (!is_first && state.content == content && distance(sample.time(), state.time) < forget_after_)
    return false;
  state = {content, sample.time()};
  return true;
}

}  // namespace tidegate::dedupe
