// Views of a batch: reading without copying and without allocating.
//
// A view is a pointer into a block that tidegate::validate() (batch_validate.hpp) has accepted; the host
// has done that with every block it hands out. Views are values, valid as long as the block, and may be
// used from any number of threads.
#pragma once

#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <string_view>

#include "tidegate/abi.h"
#include "tidegate/batch_layout.h"

namespace tidegate {

static_assert(std::endian::native == std::endian::little, "blocks are read in place");

enum class type : std::uint32_t {
  boolean = TIDEGATE_TYPE_BOOL,
  i64 = TIDEGATE_TYPE_I64,
  u64 = TIDEGATE_TYPE_U64,
  f64 = TIDEGATE_TYPE_F64,
  string = TIDEGATE_TYPE_STRING,
  bytes = TIDEGATE_TYPE_BYTES,
};

// One value of a sample. The accessor must fit the type.
class field_value {
 public:
  field_value(const std::byte* block, type of, std::uint64_t slot) noexcept
      : block_{block}, slot_{slot}, type_{of} {}

  tidegate::type type() const noexcept { return type_; }
  bool as_boolean() const noexcept { return slot_ != 0; }
  std::int64_t as_i64() const noexcept { return static_cast<std::int64_t>(slot_); }
  std::uint64_t as_u64() const noexcept { return slot_; }
  double as_f64() const noexcept { return std::bit_cast<double>(slot_); }
  // Strings ought to be UTF-8 but are not checked: a sensor may send anything.
  std::string_view as_text() const noexcept {
    return {reinterpret_cast<const char*>(block_) + static_cast<std::uint32_t>(slot_),
            static_cast<std::size_t>(slot_ >> 32)};
  }
  // A number of any type as a double; nothing for text.
  std::optional<double> number() const noexcept {
    switch (type_) {
      case type::boolean:
        return slot_ ? 1.0 : 0.0;
      case type::i64:
        return static_cast<double>(as_i64());
      case type::u64:
        return static_cast<double>(as_u64());
      case type::f64:
        return as_f64();
      default:
        return std::nullopt;
    }
  }

 private:
  const std::byte* block_;
  std::uint64_t slot_;
  tidegate::type type_;
};

struct tag_view {
  std::string_view key;
  std::string_view value;
};

struct field_view {
  std::string_view name;
  field_value value;
};

namespace detail {

// An iterator over anything that has an index and an operator[].
template <class Range>
class index_iterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = decltype(std::declval<const Range&>()[0]);
  using difference_type = std::ptrdiff_t;
  using reference = value_type;
  using pointer = void;

  index_iterator() = default;
  index_iterator(Range range, std::uint32_t index) noexcept : range_{range}, index_{index} {}
  value_type operator*() const noexcept { return range_[index_]; }
  index_iterator& operator++() noexcept {
    ++index_;
    return *this;
  }
  index_iterator operator++(int) noexcept {
    auto old = *this;
    ++index_;
    return old;
  }
  bool operator==(const index_iterator& other) const noexcept { return index_ == other.index_; }

 private:
  Range range_{};
  std::uint32_t index_ = 0;
};

struct block_reader {
  const std::byte* base = nullptr;

  const tidegate_block_header& header() const noexcept {
    return *reinterpret_cast<const tidegate_block_header*>(base);
  }
  template <class Record>
  const Record* table(tidegate_section section) const noexcept {
    return reinterpret_cast<const Record*>(base + section.offset);
  }
  std::string_view text(tidegate_span span) const noexcept {
    return {reinterpret_cast<const char*>(base) + span.offset, span.length};
  }
};

}  // namespace detail

// The tags of a series and the batch's common tags, merged: ascending by key, the series' own first
// where both have a key. Forward iteration only.
class tag_range {
 public:
  class iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = tag_view;
    using difference_type = std::ptrdiff_t;
    using reference = tag_view;
    using pointer = void;

    iterator() = default;
    iterator(detail::block_reader block, const tidegate_tag_record* own, const tidegate_tag_record* own_end,
             const tidegate_tag_record* common, const tidegate_tag_record* common_end) noexcept
        : block_{block}, own_{own}, own_end_{own_end}, common_{common}, common_end_{common_end} {}

    tag_view operator*() const noexcept {
      const auto* tag = take_own() ? own_ : common_;
      return {block_.text(tag->key), block_.text(tag->value)};
    }
    iterator& operator++() noexcept {
      if (!take_own()) {
        ++common_;
      } else {
        if (common_ != common_end_ && block_.text(common_->key) == block_.text(own_->key)) ++common_;
        ++own_;
      }
      return *this;
    }
    iterator operator++(int) noexcept {
      auto old = *this;
      ++*this;
      return old;
    }
    bool operator==(const iterator& other) const noexcept {
      return own_ == other.own_ && common_ == other.common_;
    }

   private:
    bool take_own() const noexcept {
      if (own_ == own_end_) return false;
      return common_ == common_end_ || block_.text(own_->key) <= block_.text(common_->key);
    }
    detail::block_reader block_{};
    const tidegate_tag_record* own_ = nullptr;
    const tidegate_tag_record* own_end_ = nullptr;
    const tidegate_tag_record* common_ = nullptr;
    const tidegate_tag_record* common_end_ = nullptr;
  };

  tag_range(detail::block_reader block, const tidegate_series_record& series) noexcept : block_{block} {
    const auto& header = block_.header();
    own_ = block_.table<tidegate_tag_record>(header.tags) + series.first_tag;
    own_end_ = own_ + series.tag_count;
    common_ = block_.table<tidegate_tag_record>(header.common_tags);
    common_end_ = common_ + header.common_tags.count;
  }
  iterator begin() const noexcept { return {block_, own_, own_end_, common_, common_end_}; }
  iterator end() const noexcept { return {block_, own_end_, own_end_, common_end_, common_end_}; }
  bool empty() const noexcept { return begin() == end(); }

 private:
  detail::block_reader block_;
  const tidegate_tag_record* own_;
  const tidegate_tag_record* own_end_;
  const tidegate_tag_record* common_;
  const tidegate_tag_record* common_end_;
};

class series_view {
 public:
  series_view(detail::block_reader block, const tidegate_series_record& record) noexcept
      : block_{block}, record_{&record} {}
  std::string_view name() const noexcept { return block_.text(record_->name); }
  tag_range tags() const noexcept { return {block_, *record_}; }
  std::optional<std::string_view> tag(std::string_view key) const noexcept {
    for (const auto tag : tags())
      if (tag.key == key) return tag.value;
    return std::nullopt;
  }

 private:
  detail::block_reader block_;
  const tidegate_series_record* record_;
};

// The names and types of the fields that samples of one shape have.
class shape_view {
 public:
  struct column {
    std::string_view name;
    tidegate::type type;
  };
  using iterator = detail::index_iterator<shape_view>;

  shape_view() = default;
  shape_view(detail::block_reader block, const tidegate_shape_record& record) noexcept
      : block_{block},
        columns_{block.table<tidegate_column_record>(block.header().columns) + record.first_column},
        count_{record.column_count} {}
  std::uint32_t size() const noexcept { return count_; }
  column operator[](std::uint32_t index) const noexcept {
    return {block_.text(columns_[index].name), static_cast<tidegate::type>(columns_[index].type)};
  }
  iterator begin() const noexcept { return {*this, 0}; }
  iterator end() const noexcept { return {*this, count_}; }

 private:
  detail::block_reader block_{};
  const tidegate_column_record* columns_ = nullptr;
  std::uint32_t count_ = 0;
};

class sample_view {
 public:
  using iterator = detail::index_iterator<sample_view>;

  sample_view() = default;
  sample_view(detail::block_reader block, const tidegate_sample_record& record) noexcept
      : block_{block},
        record_{&record},
        shape_{block, block.table<tidegate_shape_record>(block.header().shapes)[record.shape]},
        slots_{block.table<std::uint64_t>(block.header().slots) + record.first_slot} {}

  // UTC, nanoseconds since 1970.
  std::int64_t time() const noexcept { return record_->time; }
  // Indices are the same for all samples of the block with this series or shape: a place to cache.
  std::uint32_t series_index() const noexcept { return record_->series; }
  std::uint32_t shape_index() const noexcept { return record_->shape; }
  series_view series() const noexcept {
    return {block_, block_.table<tidegate_series_record>(block_.header().series)[record_->series]};
  }
  std::string_view name() const noexcept { return series().name(); }
  shape_view shape() const noexcept { return shape_; }

  std::uint32_t size() const noexcept { return shape_.size(); }
  field_value value(std::uint32_t index) const noexcept {
    return {block_.base, shape_[index].type, slots_[index]};
  }
  // The values alone, in the order of the shape, for those who know the types.
  const std::uint64_t* slots() const noexcept { return slots_; }
  field_view operator[](std::uint32_t index) const noexcept {
    const auto column = shape_[index];
    return {column.name, {block_.base, column.type, slots_[index]}};
  }
  iterator begin() const noexcept { return {*this, 0}; }
  iterator end() const noexcept { return {*this, size()}; }
  std::optional<field_value> find(std::string_view field) const noexcept {
    for (std::uint32_t index = 0; index < size(); ++index)
      if (shape_[index].name == field) return value(index);
    return std::nullopt;
  }

 private:
  detail::block_reader block_{};
  const tidegate_sample_record* record_ = nullptr;
  shape_view shape_{};
  const std::uint64_t* slots_ = nullptr;
};

class batch_view {
 public:
  using iterator = detail::index_iterator<batch_view>;

  batch_view() = default;
  explicit batch_view(const void* block) noexcept : block_{static_cast<const std::byte*>(block)} {}

  std::uint32_t size() const noexcept { return block_.header().samples.count; }
  bool empty() const noexcept { return size() == 0; }
  std::uint32_t bytes() const noexcept { return block_.header().block_bytes; }
  sample_view operator[](std::uint32_t index) const noexcept {
    return {block_, block_.table<tidegate_sample_record>(block_.header().samples)[index]};
  }
  iterator begin() const noexcept { return {*this, 0}; }
  iterator end() const noexcept { return {*this, size()}; }

  std::uint32_t series_count() const noexcept { return block_.header().series.count; }
  series_view series(std::uint32_t index) const noexcept {
    return {block_, block_.table<tidegate_series_record>(block_.header().series)[index]};
  }
  std::uint32_t shape_count() const noexcept { return block_.header().shapes.count; }
  shape_view shape(std::uint32_t index) const noexcept {
    return {block_, block_.table<tidegate_shape_record>(block_.header().shapes)[index]};
  }
  std::uint32_t common_tag_count() const noexcept { return block_.header().common_tags.count; }
  tag_view common_tag(std::uint32_t index) const noexcept {
    const auto& tag = block_.table<tidegate_tag_record>(block_.header().common_tags)[index];
    return {block_.text(tag.key), block_.text(tag.value)};
  }
  const void* data() const noexcept { return block_.base; }

 private:
  detail::block_reader block_{};
};

}  // namespace tidegate
