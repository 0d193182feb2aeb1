// The processor `aggregate`: what README.md describes.
//
// A window of a series is closed by a sample of that series whose time is far enough behind its end, or when
// none has come for as long as a window and the allowed lateness; by arrival, when the clock says so.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "accumulator.hpp"
#include "field_names.hpp"
#include "functions.hpp"
#include "schema.hpp"
#include "series/outlet.hpp"
#include "series/selection.hpp"
#include "series/series_key.hpp"
#include "series/series_table.hpp"
#include "series/snapshot.hpp"
#include "series_windows.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::aggregate {

class aggregate_processor {
 public:
  static constexpr component info{
      .name = "aggregate",
      .summary = "Makes one sample of those of a window: mean, extremes, rates, percentiles.",
      .options = schema::options};

  aggregate_processor(processor_host host, const options& given);
  void start();
  bool process(batch_view batch);
  void tick();
  void stop();

 private:
  struct result {
    std::string_view name;
    series::plain_value value;
  };
  void begin(batch_view batch);
  void take(const sample_view& sample);
  series_windows& windows_of(const sample_view& sample);
  std::uint32_t id_of(const sample_view& sample, std::size_t index, std::uint32_t column);
  void close_idle();
  void end(series_windows& of);
  void put(series_windows& of, std::int64_t window, std::span<const pane> panes);
  void find_results(const series_windows& of, const pane& in, std::int64_t begin);
  void set_timer();
  void add_counts();

  processor_host host_;
  functions functions_;
  geometry geometry_;
  accumulator accumulator_{functions_};
  field_names names_{functions_};
  bool by_arrival_;
  bool keep_originals_;
  series::chosen_series series_;
  series::chosen_columns columns_;
  series::batch_keys keys_;
  series::series_table<series_windows> windows_;
  series::snapshot snapshot_;
  series::outlet out_;
  series_windows::visitor put_;

  std::int64_t now_utc_ = 0;  // of the batch or tick
  std::int64_t now_ = 0;
  std::vector<std::vector<std::uint32_t>> ids_;  // of the chosen columns, by shape of the batch
  pane merged_;
  std::vector<result> results_;
  std::vector<tag_view> tags_;
  std::uint64_t late_now_ = 0;
  std::uint64_t skipped_now_ = 0;

  metric late_;
  metric skipped_;
  metric forgotten_;
  metric open_;
};

}  // namespace tidegate::aggregate
