#include "series/outlet.hpp"

#include <algorithm>

namespace tidegate::series {

namespace {

bool is_text(type of) noexcept { return of == type::string || of == type::bytes; }

}  // namespace

bool outlet::resumes() {
  if (!is_unsent_) return false;
  send();
  return true;
}

// A block carries all series of its builder: one that knows more than were used last would send names for
// nothing.
void outlet::begin() {
  if (builder_.empty() && (series_made_ > series_used_ || shapes_made_ >= shapes_max)) forget();
  series_used_ = 0;
}

void outlet::begin(batch_view batch) {
  begin();
  series_.assign(batch.series_count(), unknown);
  shapes_.assign(batch.shape_count(), unknown);
  if (parts_.size() < batch.shape_count()) parts_.resize(batch.shape_count());
  for (auto& each : parts_) each.index = unknown;
}

void outlet::forget() {
  builder_.clear();
  series_made_ = 0;
  shapes_made_ = 0;
  std::fill(series_.begin(), series_.end(), unknown);
  std::fill(shapes_.begin(), shapes_.end(), unknown);
  for (auto& each : parts_) each.index = unknown;
}

std::uint32_t outlet::series(std::string_view name, std::span<const tag_view> tags) {
  const auto index = builder_.series(name, tags);
  series_made_ = std::max(series_made_, index + 1);
  ++series_used_;
  return index;
}

batch_builder::sample_builder outlet::sample(std::uint32_t series, std::int64_t time) {
  return builder_.sample(series, time);
}

std::uint32_t outlet::series_of(const sample_view& sample) {
  auto& known = series_[sample.series_index()];
  if (known != unknown) return known;
  const auto from = sample.series();
  tags_.assign(from.tags().begin(), from.tags().end());
  return known = series(from.name(), tags_);
}

std::uint32_t outlet::shape_of(const sample_view& sample) {
  auto& known = shapes_[sample.shape_index()];
  if (known != unknown) return known;
  const auto from = sample.shape();
  columns_.assign(from.begin(), from.end());
  known = builder_.shape(columns_);
  shapes_made_ = std::max(shapes_made_, known + 1);
  return known;
}

std::uint32_t outlet::shape_of(const sample_view& sample, std::span<const std::uint32_t> columns) {
  auto& known = parts_[sample.shape_index()];
  if (known.index != unknown &&
      std::equal(columns.begin(), columns.end(), known.columns.begin(), known.columns.end()))
    return known.index;
  known.columns.assign(columns.begin(), columns.end());
  columns_.clear();
  for (const auto column : columns) columns_.push_back(sample.shape()[column]);
  known.index = builder_.shape(columns_);
  shapes_made_ = std::max(shapes_made_, known.index + 1);
  return known.index;
}

void outlet::copy(const sample_view& sample) {
  const auto shape = shape_of(sample);
  auto row = builder_.row(series_of(sample), shape, sample.time());
  const auto from = sample.shape();
  for (std::uint32_t column = 0; column < from.size(); ++column) {
    if (is_text(from[column].type))
      row.set(column, sample.value(column).as_text());
    else
      row.set(column, sample.slots()[column]);
  }
}

void outlet::copy(const sample_view& sample, std::span<const std::uint32_t> columns) {
  // Steps that leave out now these, now those fields make many shapes of few.
  if (shapes_made_ >= shapes_max && try_to_send()) forget();
  const auto shape = shape_of(sample, columns);
  auto row = builder_.row(series_of(sample), shape, sample.time());
  std::uint32_t to = 0;
  for (const auto column : columns) {
    const auto value = sample.value(column);
    if (is_text(value.type()))
      row.set(to++, value.as_text());
    else
      row.set(to++, value.as_u64());
  }
}

void outlet::send() {
  is_unsent_ = !builder_.empty();
  host_.submit(builder_);
  is_unsent_ = false;
}

void outlet::send_much() {
  if (builder_.size() < samples_max || !try_to_send()) return;
  // What comes next mostly has series of its own.
  if (series_made_ >= samples_max) forget();
}

bool outlet::try_to_send() {
  try {
    host_.submit(builder_);
    return true;
  } catch (const error& failed) {
    if (failed.status() != TIDEGATE_ERROR_TEMPORARY) throw;
    return false;
  }
}

}  // namespace tidegate::series
