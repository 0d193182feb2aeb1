#include "aggregate_processor.hpp"

#include <algorithm>
#include <cmath>

#include "series/packed_series.hpp"
#include "stored_windows.hpp"

namespace tidegate::aggregate {

aggregate_processor::aggregate_processor(processor_host host, const options& given)
    : host_{host},
      functions_{given["functions"]},
      geometry_{geometry::of(given)},
      by_arrival_{given["clock"].text() == "arrival"},
      keep_originals_{given["keep_originals"].boolean()},
      series_{series::selection{given}},
      columns_{series::patterns{given["field"]}},
      windows_{static_cast<std::uint32_t>(given["max_series"].integer())},
      snapshot_{host, "aggregate/1", given},
      out_{host},
      put_{[this](series_windows& of, std::int64_t window, std::span<const pane> panes) {
        put(of, window, panes);
      }},
      late_{host.counter("samples_late_total", "Samples that came after their window was closed.")},
      skipped_{
          host.counter("values_skipped_total", "Values that are no finite number, or of too many fields.")},
      forgotten_{host.counter("series_forgotten_total",
                              "Series that made room for others; their windows were closed.")},
      open_{host.gauge("series", "Series that are remembered.")} {}

void aggregate_processor::start() {
  now_ = host_.now_monotonic();
  const auto saved = snapshot_.load();
  series::snapshot_reader from{saved};
  while (!from.is_at_end()) {
    const auto key = from.take_key();
    auto loaded = load(from, functions_, names_);
    if (!from.is_good() || windows_.size() == windows_.limit()) break;
    loaded.heard = now_;
    windows_.at(key, [](series_windows&) {}).state = std::move(loaded);
  }
  set_timer();
}

// What does not fit the snapshot is sent as it is.
void aggregate_processor::stop() {
  if (windows_.size() == 0) return;
  out_.begin();
  series::snapshot_writer to;
  std::uint32_t saved = 0;
  windows_.newest_first([&](const series::series_key& key, const series_windows& each) {
    series::snapshot_writer one;
    one.put(key);
    save(one, each, functions_, names_);
    if (to.bytes().size() + one.bytes().size() > series::snapshot::bytes_max) return false;
    to.append(one);
    ++saved;
    return true;
  });
  while (windows_.size() > saved) end(windows_.oldest());
  if (snapshot_.save(to.bytes()))
    windows_.clear();
  else
    while (windows_.size() != 0) end(windows_.oldest());
  if (!out_.send_if_possible())
    host_.warning("there is no memory for the windows that are still open; they are lost");
}

void aggregate_processor::begin(batch_view batch) {
  now_utc_ = host_.now_utc();
  now_ = host_.now_monotonic();
  late_now_ = 0;
  skipped_now_ = 0;
  columns_.begin(batch);
  keys_.begin(batch);
  out_.begin(batch);
  if (ids_.size() < batch.shape_count()) ids_.resize(batch.shape_count());
  for (auto& each : ids_) each.clear();
}

bool aggregate_processor::process(batch_view batch) {
  if (out_.resumes()) return keep_originals_;
  series_.begin(batch);
  if (std::none_of(batch.begin(), batch.end(), [&](const sample_view& each) { return series_.holds(each); }))
    return true;
  begin(batch);
  for (const auto sample : batch) {
    if (series_.holds(sample))
      take(sample);
    else if (!keep_originals_)
      out_.copy(sample);
  }
  add_counts();
  set_timer();
  out_.send();
  return keep_originals_;
}

void aggregate_processor::add_counts() {
  late_.add(static_cast<double>(late_now_));
  skipped_.add(static_cast<double>(skipped_now_));
  open_.set(windows_.size());
}

std::uint32_t aggregate_processor::id_of(const sample_view& sample, std::size_t index, std::uint32_t column) {
  auto& known = ids_[sample.shape_index()];
  if (known.size() <= index) known.push_back(names_.id_of(sample.shape()[column].name));
  return known[index];
}

series_windows& aggregate_processor::windows_of(const sample_view& sample) {
  auto [state, is_new] = windows_.at(keys_.of(sample), [&](series_windows& oldest) {
    oldest.close_all(geometry_, accumulator_, put_);
    forgotten_.add();
  });
  if (is_new) state.series = series::packed(sample.series());
  return state;
}

void aggregate_processor::take(const sample_view& sample) {
  const auto time = by_arrival_ ? now_utc_ : sample.time();
  const auto* known = windows_.find(keys_.of(sample));
  if (!geometry_.has(time) || (known != nullptr && known->is_late(geometry_, time))) {
    ++late_now_;
    return;
  }
  series_windows* into = nullptr;
  pane* in = nullptr;
  const auto columns = columns_.of(sample);
  for (std::size_t index = 0; index < columns.size(); ++index) {
    const auto value = sample.value(columns[index]);
    const auto id = id_of(sample, index, columns[index]);
    if (id == field_names::none || (value.type() == type::f64 && !std::isfinite(value.as_f64()))) {
      ++skipped_now_;
      continue;
    }
    if (into == nullptr) {
      into = &windows_of(sample);
      in = &into->pane_at(geometry_.pane_of(time));
    }
    accumulator_.add(*in, id, time, series::plain_value::of(value));
  }
  if (into == nullptr) return;
  into->heard = now_;
  into->see(time);
  into->close(geometry_, accumulator_, put_);
}

void aggregate_processor::tick() {
  now_utc_ = host_.now_utc();
  now_ = host_.now_monotonic();
  out_.begin();
  if (by_arrival_)
    windows_.oldest_first([&](const series::series_key&, series_windows& each) {
      each.see(now_utc_);
      each.close(geometry_, accumulator_, put_);
      return true;
    });
  close_idle();
  open_.set(windows_.size());
  const bool is_sent = out_.send_if_possible();
  set_timer();
  if (!is_sent) host_.set_timer(std::chrono::seconds{1});
}

// A series that has been silent is forgotten with all that is known of its times: should its clock have been
// set back, it begins anew.
void aggregate_processor::close_idle() {
  const auto silence = geometry_.window_length() + geometry_.lateness;
  while (windows_.size() != 0 && now_ - windows_.oldest().heard >= silence) end(windows_.oldest());
}

void aggregate_processor::end(series_windows& of) {
  of.close_all(geometry_, accumulator_, put_);
  windows_.erase_oldest();
}

void aggregate_processor::set_timer() {
  if (windows_.size() == 0) return;
  auto delay = windows_.oldest().heard + geometry_.window_length() + geometry_.lateness - now_;
  if (by_arrival_) delay = std::min(delay, geometry_.end_of(geometry_.pane_of(now_utc_)) - now_utc_);
  host_.set_timer(std::chrono::nanoseconds{std::max<std::int64_t>(delay, 0)});
}

void aggregate_processor::put(series_windows& of, std::int64_t window, std::span<const pane> panes) {
  const auto* in = &panes.front();
  if (panes.size() > 1) {
    merged_ = {};
    for (const auto& each : panes) accumulator_.merge(merged_, each);
    in = &merged_;
  }
  const auto end = geometry_.end_of(window);
  find_results(of, *in, end - geometry_.window_length());
  if (results_.empty()) return;
  const auto name = series::unpack(of.series, tags_);
  {
    auto sample = out_.sample(out_.series(name, tags_), end);
    for (const auto& each : results_) each.value.put(sample, each.name);
  }
  out_.send_much();
}

void aggregate_processor::find_results(const series_windows& of, const pane& in, std::int64_t begin) {
  results_.clear();
  accumulator_.each_field(in, [&](std::uint32_t field, const std::uint64_t* words) {
    const auto* before = of.before(field, begin, geometry_.window_length());
    for (std::size_t index = 0; index < functions_.all().size(); ++index)
      if (const auto value = accumulator_.result(in, words, functions_.all()[index], before))
        results_.push_back({names_.of_result(field, index), *value});
  });
}

}  // namespace tidegate::aggregate
