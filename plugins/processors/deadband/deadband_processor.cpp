#include "deadband_processor.hpp"

#include <algorithm>

namespace tidegate::deadband {

deadband_processor::deadband_processor(processor_host host, const options& given)
    : host_{host},
      allowed_{given["within"].number(), given["percent"].number()},
      at_least_every_{given.has("at_least_every") ? given["at_least_every"].integer() : 0},
      whole_samples_{given["whole_samples"].boolean()},
      series_{series::selection{given}},
      columns_{series::patterns{given["field"]}},
      last_{static_cast<std::uint32_t>(given["max_series"].integer())},
      snapshot_{host, "deadband/1", given},
      out_{host},
      dropped_{host.counter("samples_dropped_total", "Samples of which nothing had moved.")},
      held_back_{host.counter("values_held_back_total", "Values that had not moved.")},
      forgotten_{host.counter("series_forgotten_total", "Fields of series that made room for others.")} {}

void deadband_processor::start() {
  series::load_table(last_, snapshot_, [](series::snapshot_reader& from) {
    last_value value;
    value.slot = from.take<std::uint64_t>();
    value.time = from.take<std::int64_t>();
    value.type = from.take<std::uint32_t>();
    return value;
  });
}

void deadband_processor::stop() {
  series::save_table(last_, snapshot_, [](series::snapshot_writer& to, const last_value& value) {
    to.put(value.slot);
    to.put(value.time);
    to.put(value.type);
  });
}

bool deadband_processor::process(batch_view batch) {
  if (out_.resumes()) return false;
  series_.begin(batch);
  columns_.begin(batch);
  keys_.begin(batch);
  sieve_.begin(batch);
  held_back_now_ = 0;
  for (const auto sample : batch) sift(sample);
  dropped_.add(sieve_.dropped());
  held_back_.add(static_cast<double>(held_back_now_));
  return sieve_.send();
}

void deadband_processor::sift(const sample_view& sample) {
  if (!series_.holds(sample)) return sieve_.keep();
  const auto columns = columns_.of(sample);
  if (columns.empty()) return sieve_.keep();
  whole_samples_ ? sift_whole(sample, columns) : sift_fields(sample, columns);
}

last_value& deadband_processor::last_of(const sample_view& sample, std::uint32_t column) {
  const auto key = series::key_of(keys_.of(sample), sample.shape()[column].name);
  return last_.at(key, [&](last_value&) { forgotten_.add(); }).state;
}

// Also when the clock of the samples was set back by as much: what was reported last is then no measure.
bool deadband_processor::is_due(const last_value& last, const field_value& value,
                                std::int64_t time) const noexcept {
  if (last.moves_to(value, allowed_)) return true;
  if (at_least_every_ == 0) return false;
  const auto passed = static_cast<std::uint64_t>(std::max(time, last.time)) -
                      static_cast<std::uint64_t>(std::min(time, last.time));
  return passed >= static_cast<std::uint64_t>(at_least_every_);
}

// What is not watched stays, and of what is watched the fields that are due.
void deadband_processor::sift_fields(const sample_view& sample, std::span<const std::uint32_t> columns) {
  kept_.clear();
  auto watched = columns.begin();
  for (std::uint32_t column = 0; column < sample.size(); ++column) {
    if (watched == columns.end() || *watched != column) {
      kept_.push_back(column);
      continue;
    }
    ++watched;
    auto& last = last_of(sample, column);
    const auto value = sample.value(column);
    if (!is_due(last, value, sample.time())) continue;
    last.set(value, sample.time());
    kept_.push_back(column);
  }
  held_back_now_ += sample.size() - kept_.size();
  if (kept_.size() == sample.size()) return sieve_.keep();
  kept_.empty() ? sieve_.drop() : sieve_.keep(kept_);
}

void deadband_processor::sift_whole(const sample_view& sample, std::span<const std::uint32_t> columns) {
  const bool any_is_due = std::any_of(columns.begin(), columns.end(), [&](std::uint32_t column) {
    return is_due(last_of(sample, column), sample.value(column), sample.time());
  });
  if (!any_is_due) {
    held_back_now_ += columns.size();
    return sieve_.drop();
  }
  for (const auto column : columns) last_of(sample, column).set(sample.value(column), sample.time());
  sieve_.keep();
}

}  // namespace tidegate::deadband
