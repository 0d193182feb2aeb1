// Builds a batch: series, shapes and samples are gathered here and laid out once, into memory that the
// caller provides (usually the host's, through batch_host::submit).
//
// Two ways to add a sample:
//
//   builder.sample(series, time).field("temperature", 21.5).field("valve", true);
//
//   const auto shape = builder.shape({{"user", type::f64}, {"system", type::f64}});   // once
//   builder.row(series, shape, time).set(0, 12.5).set(1, 3.0);                         // each time
//
// clear_samples() keeps series and shapes with their indices, and all memory: a source that polls the
// same series again and again allocates nothing in steady state. clear() forgets everything.
//
// One thread at a time. Not copyable: it is working memory.
#pragma once

#include <algorithm>
#include <bit>
#include <cassert>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tidegate/batch.hpp"
#include "tidegate/batch_layout.h"

namespace tidegate {

class batch_builder {
 public:
  // Thrown where one batch would become larger than a block can be.
  struct too_large : std::length_error {
    too_large() : std::length_error{"a batch is larger than 64 MiB"} {}
  };

  class sample_builder;
  class row_builder;

  batch_builder() = default;
  batch_builder(const batch_builder&) = delete;
  batch_builder& operator=(const batch_builder&) = delete;

  // The index of a series, the same for the same name and tags until clear(). Tags may come in any
  // order; of two with the same key the later one counts. The name and the keys must not be empty.
  std::uint32_t series(std::string_view name, std::span<const tag_view> tags = {}) {
    order(tags);
    make_series_key(name);
    const auto known = series_by_key_.find(key_);
    if (known != series_by_key_.end()) return known->second;
    const auto index = static_cast<std::uint32_t>(series_.size());
    series_.push_back({store(name), static_cast<std::uint32_t>(tags_.size()),
                       static_cast<std::uint32_t>(tag_order_.size())});
    for (const auto& tag : tag_order_) tags_.push_back({store(tag.key), store(tag.value)});
    last_shape_.push_back(no_shape);
    series_by_key_.emplace(key_, index);
    return index;
  }
  std::uint32_t series(std::string_view name, std::initializer_list<tag_view> tags) {
    return series(name, std::span{tags.begin(), tags.size()});
  }

  // Tags of every series that has not the same key. Replaces those of before; keys must differ.
  void common_tags(std::span<const tag_view> tags) {
    order(tags);
    common_tags_.clear();
    for (const auto& tag : tag_order_) common_tags_.push_back({store(tag.key), store(tag.value)});
  }

  // The index of a set of fields, the same for the same columns in the same order until clear().
  std::uint32_t shape(std::span<const shape_view::column> columns) {
    if (const auto known = find_shape(columns); known != no_shape) return known;
    const auto first = static_cast<std::uint32_t>(columns_.size());
    for (const auto& column : columns)
      columns_.push_back({store(column.name), static_cast<std::uint32_t>(column.type), 0});
    shapes_.push_back({first, static_cast<std::uint32_t>(columns.size())});
    return static_cast<std::uint32_t>(shapes_.size() - 1);
  }
  std::uint32_t shape(std::initializer_list<shape_view::column> columns) {
    return shape(std::span{columns.begin(), columns.size()});
  }

  // Adds a sample whose fields are given one by one. It is complete when the sample_builder is destroyed
  // or the next sample begins.
  sample_builder sample(std::uint32_t series, std::int64_t time);

  // Adds a sample of a known shape with all values 0. The row_builder is valid until the next sample.
  row_builder row(std::uint32_t series, std::uint32_t shape, std::int64_t time);

  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(samples_.size()); }
  bool empty() const noexcept { return samples_.empty(); }

  // What write_to needs.
  std::uint32_t bytes() const {
    std::uint64_t total = values_begin() + round_up(values_.size());
    total += series_.size() * sizeof(tidegate_series_record) + tags_.size() * sizeof(tidegate_tag_record) +
             common_tags_.size() * sizeof(tidegate_tag_record) +
             shapes_.size() * sizeof(tidegate_shape_record) +
             columns_.size() * sizeof(tidegate_column_record) +
             samples_.size() * sizeof(tidegate_sample_record) + slots_.size() * sizeof(std::uint64_t);
    if (total > TIDEGATE_BLOCK_BYTES_MAX) throw too_large{};
    return static_cast<std::uint32_t>(total);
  }

  // Lays the block out at `memory`, which is aligned to 8 and has bytes() bytes. The builder keeps its
  // content.
  void write_to(void* memory) const {
    auto* base = static_cast<std::byte*>(memory);
    tidegate_block_header header{};
    header.magic = TIDEGATE_BLOCK_MAGIC;
    header.version = TIDEGATE_BLOCK_VERSION;
    header.header_bytes = sizeof header;
    header.block_bytes = bytes();
    auto* position = base + sizeof header;
    position = put(position, names_.data(), names_.size());
    const auto values_at = static_cast<std::uint32_t>(position - base);
    position = put(position, values_.data(), values_.size());
    header.series = put_section(base, position, series_);
    header.tags = put_section(base, position, tags_);
    header.common_tags = put_section(base, position, common_tags_);
    header.shapes = put_section(base, position, shapes_);
    header.columns = put_section(base, position, columns_);
    header.samples = put_section(base, position, samples_);
    header.slots = put_section(base, position, slots_);
    // Text values were counted from the start of their own heap; here they get their place in the block.
    auto* slots = reinterpret_cast<std::uint64_t*>(base + header.slots.offset);
    for (const auto index : text_slots_) slots[index] += values_at;
    std::memcpy(base, &header, sizeof header);
  }

  void clear_samples() noexcept {
    samples_.clear();
    slots_.clear();
    values_.clear();
    text_slots_.clear();
    open_ = false;
  }
  void clear() noexcept {
    clear_samples();
    names_.clear();
    series_.clear();
    tags_.clear();
    common_tags_.clear();
    shapes_.clear();
    shape_by_key_.clear();
    columns_.clear();
    last_shape_.clear();
    series_by_key_.clear();
  }

 private:
  static constexpr std::uint32_t no_shape = UINT32_MAX;
  static constexpr std::size_t shapes_scanned = 16;

  static std::uint64_t round_up(std::uint64_t bytes) noexcept { return (bytes + 7) & ~std::uint64_t{7}; }
  std::uint64_t values_begin() const noexcept {
    return sizeof(tidegate_block_header) + round_up(names_.size());
  }
  static std::byte* put(std::byte* position, const void* from, std::size_t bytes) noexcept {
    if (bytes != 0) std::memcpy(position, from, bytes);
    const auto padded = round_up(bytes);
    std::memset(position + bytes, 0, padded - bytes);
    return position + padded;
  }
  template <class Record>
  static tidegate_section put_section(std::byte* base, std::byte*& position,
                                      const std::vector<Record>& from) noexcept {
    static_assert(sizeof(Record) % 8 == 0);
    const tidegate_section section{static_cast<std::uint32_t>(position - base),
                                   static_cast<std::uint32_t>(from.size())};
    position = put(position, from.data(), from.size() * sizeof(Record));
    return section;
  }

  // Names and tags lie right behind the header, so that their offsets are known at once.
  tidegate_span store(std::string_view text) {
    const auto offset = sizeof(tidegate_block_header) + names_.size();
    if (offset + text.size() > TIDEGATE_BLOCK_BYTES_MAX) throw too_large{};
    names_.append(text);
    return {static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(text.size())};
  }
  std::string_view text(tidegate_span span) const noexcept {
    return std::string_view{names_}.substr(span.offset - sizeof(tidegate_block_header), span.length);
  }
  bool matches(const tidegate_shape_record& shape,
               std::span<const shape_view::column> columns) const noexcept {
    if (shape.column_count != columns.size()) return false;
    for (std::uint32_t index = 0; index < shape.column_count; ++index) {
      const auto& column = columns_[shape.first_column + index];
      if (column.type != static_cast<std::uint32_t>(columns[index].type)) return false;
      if (text(column.name) != columns[index].name) return false;
    }
    return true;
  }
  // A few are looked through, which is quickest; of many, as noise can bring them, not one is looked at in
  // vain.
  std::uint32_t find_shape(std::span<const shape_view::column> columns) {
    const auto scanned = static_cast<std::uint32_t>(std::min<std::size_t>(shapes_.size(), shapes_scanned));
    for (std::uint32_t index = 0; index < scanned; ++index)
      if (matches(shapes_[index], columns)) return index;
    if (scanned == shapes_.size()) return no_shape;
    for (auto index = scanned + static_cast<std::uint32_t>(shape_by_key_.size()); index < shapes_.size();
         ++index) {
      make_shape_key(shapes_[index]);
      shape_by_key_.emplace(key_, index);
    }
    make_shape_key(columns);
    const auto found = shape_by_key_.find(key_);
    return found == shape_by_key_.end() ? no_shape : found->second;
  }
  void make_shape_key(std::span<const shape_view::column> columns) {
    key_.clear();
    for (const auto& column : columns) append_column(column.name, static_cast<std::uint32_t>(column.type));
  }
  void make_shape_key(const tidegate_shape_record& shape) {
    key_.clear();
    for (std::uint32_t index = 0; index < shape.column_count; ++index) {
      const auto& column = columns_[shape.first_column + index];
      append_column(text(column.name), column.type);
    }
  }
  void append_column(std::string_view name, std::uint32_t type) {
    append_key(name);
    key_.append(reinterpret_cast<const char*>(&type), sizeof type);
  }
  // Into tag_order_: ascending by key, and of those with the same key the last. std::stable_sort would
  // allocate; series have few tags.
  void order(std::span<const tag_view> tags) {
    tag_order_.assign(tags.begin(), tags.end());
    const auto by_key = [](const tag_view& a, const tag_view& b) { return a.key < b.key; };
    for (auto next = tag_order_.begin(); next != tag_order_.end(); ++next)
      std::rotate(std::upper_bound(tag_order_.begin(), next, *next, by_key), next, next + 1);
    drop_repeated_keys();
  }
  void drop_repeated_keys() {
    std::size_t kept = 0;
    for (std::size_t index = 0; index < tag_order_.size(); ++index) {
      if (kept != 0 && tag_order_[kept - 1].key == tag_order_[index].key) --kept;
      tag_order_[kept++] = tag_order_[index];
    }
    tag_order_.resize(kept);
  }
  void make_series_key(std::string_view name) {
    key_.clear();
    append_key(name);
    for (const auto& tag : tag_order_) {
      append_key(tag.key);
      append_key(tag.value);
    }
  }
  void append_key(std::string_view part) {
    const auto length = static_cast<std::uint32_t>(part.size());
    key_.append(reinterpret_cast<const char*>(&length), sizeof length);
    key_.append(part);
  }

  void begin(std::uint32_t series, std::uint32_t shape, std::int64_t time) {
    assert(series < series_.size());
    close();
    if (slots_.size() * sizeof(std::uint64_t) + samples_.size() * sizeof(tidegate_sample_record) >
        TIDEGATE_BLOCK_BYTES_MAX)
      throw too_large{};
    samples_.push_back({time, series, shape, static_cast<std::uint32_t>(slots_.size()), 0});
  }
  // Gives the sample that is being built its shape: usually the one its series had last time.
  void close() {
    if (!open_) return;
    open_ = false;
    auto& sample = samples_.back();
    auto& last = last_shape_[sample.series];
    if (last == no_shape || !matches(shapes_[last], pending_)) last = shape(pending_);
    sample.shape = last;
  }
  std::uint64_t store_value(std::string_view value) {
    if (values_.size() + value.size() > TIDEGATE_BLOCK_BYTES_MAX) throw too_large{};
    const auto slot = (static_cast<std::uint64_t>(value.size()) << 32) | values_.size();
    values_.append(value);
    return slot;
  }
  // Sets a slot that is empty so far: a text's place in the slot is remembered once.
  void set(std::size_t slot, std::string_view value) {
    slots_[slot] = store_value(value);
    text_slots_.push_back(static_cast<std::uint32_t>(slot));
  }

  std::string names_;   // of series, tags and fields
  std::string values_;  // of samples
  std::vector<tidegate_series_record> series_;
  std::vector<tidegate_tag_record> tags_;
  std::vector<tidegate_tag_record> common_tags_;
  std::vector<tidegate_shape_record> shapes_;
  std::vector<tidegate_column_record> columns_;
  std::vector<tidegate_sample_record> samples_;
  std::vector<std::uint64_t> slots_;
  std::vector<std::uint32_t> text_slots_;

  std::vector<std::uint32_t> last_shape_;  // by series
  std::unordered_map<std::string, std::uint32_t> series_by_key_;
  std::unordered_map<std::string, std::uint32_t> shape_by_key_;  // those behind the first shapes_scanned
  std::vector<shape_view::column> pending_;  // of the open sample; names are the caller's until close()
  std::vector<tag_view> tag_order_;
  std::string key_;
  bool open_ = false;
};

// Field names must stay alive until the sample is complete. A field given twice keeps both values; readers
// find the first.
class batch_builder::sample_builder {
 public:
  explicit sample_builder(batch_builder& builder) noexcept : builder_{builder} {}
  sample_builder(const sample_builder&) = delete;
  sample_builder& operator=(const sample_builder&) = delete;
  ~sample_builder() noexcept(false) { builder_.close(); }

  sample_builder& field(std::string_view name, bool value) { return add(name, type::boolean, value ? 1 : 0); }
  sample_builder& field(std::string_view name, double value) {
    return add(name, type::f64, std::bit_cast<std::uint64_t>(value));
  }
  template <std::signed_integral Integer>
  sample_builder& field(std::string_view name, Integer value) {
    return add(name, type::i64, static_cast<std::uint64_t>(static_cast<std::int64_t>(value)));
  }
  template <std::unsigned_integral Integer>
  requires(!std::same_as<Integer, bool>) sample_builder& field(std::string_view name, Integer value) {
    return add(name, type::u64, value);
  }
  sample_builder& field(std::string_view name, std::string_view value) {
    return add(name, type::string, value);
  }
  sample_builder& field(std::string_view name, const char* value) {
    return add(name, type::string, std::string_view{value});
  }
  sample_builder& field(std::string_view name, std::span<const std::byte> value) {
    return add(name, type::bytes, {reinterpret_cast<const char*>(value.data()), value.size()});
  }
  // A value of any type, as a view of another batch gives it.
  sample_builder& field(std::string_view name, field_value value) {
    switch (value.type()) {
      case type::string:
      case type::bytes:
        return add(name, value.type(), value.as_text());
      default:
        return add(name, value.type(), value.as_u64());
    }
  }

 private:
  sample_builder& add(std::string_view name, type of, std::uint64_t slot) {
    builder_.pending_.push_back({name, of});
    builder_.slots_.push_back(slot);
    return *this;
  }
  sample_builder& add(std::string_view name, type of, std::string_view value) {
    add(name, of, std::uint64_t{0});
    builder_.set(builder_.slots_.size() - 1, value);
    return *this;
  }
  batch_builder& builder_;
};

// Values by column; the caller keeps to the shape's types and sets a text at most once.
class batch_builder::row_builder {
 public:
  row_builder(batch_builder& builder, std::size_t first_slot) noexcept
      : builder_{builder}, first_slot_{first_slot} {}
  row_builder& set(std::uint32_t column, bool value) { return put(column, value ? 1 : 0); }
  row_builder& set(std::uint32_t column, double value) {
    return put(column, std::bit_cast<std::uint64_t>(value));
  }
  template <std::signed_integral Integer>
  row_builder& set(std::uint32_t column, Integer value) {
    return put(column, static_cast<std::uint64_t>(static_cast<std::int64_t>(value)));
  }
  template <std::unsigned_integral Integer>
  requires(!std::same_as<Integer, bool>) row_builder& set(std::uint32_t column, Integer value) {
    return put(column, value);
  }
  row_builder& set(std::uint32_t column, std::string_view value) {
    builder_.set(first_slot_ + column, value);
    return *this;
  }

 private:
  row_builder& put(std::uint32_t column, std::uint64_t slot) {
    builder_.slots_[first_slot_ + column] = slot;
    return *this;
  }
  batch_builder& builder_;
  std::size_t first_slot_;
};

inline batch_builder::sample_builder batch_builder::sample(std::uint32_t series, std::int64_t time) {
  begin(series, no_shape, time);
  pending_.clear();
  open_ = true;
  return sample_builder{*this};
}

inline batch_builder::row_builder batch_builder::row(std::uint32_t series, std::uint32_t shape,
                                                     std::int64_t time) {
  assert(shape < shapes_.size());
  begin(series, shape, time);
  const auto first = slots_.size();
  slots_.resize(first + shapes_[shape].column_count);
  return {*this, first};
}

}  // namespace tidegate
