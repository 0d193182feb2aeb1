// Proves that a block of untrusted bytes is safe to view.
//
// After validate() returned null, every accessor of batch.hpp stays inside the block, whoever wrote it.
// It checks structure, not meaning: a string may hold any bytes, a time may lie in the future.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "tidegate/abi.h"
#include "tidegate/batch_layout.h"

namespace tidegate {

namespace detail {

class block_validator {
 public:
  block_validator(const void* data, std::size_t bytes) noexcept
      : base_{static_cast<const std::byte*>(data)}, bytes_{bytes} {}

  // What is wrong, as a constant text; null when nothing is.
  const char* run() noexcept {
    if (const char* wrong = check_header()) return wrong;
    if (const char* wrong = check_tags(header_.tags)) return wrong;
    if (const char* wrong = check_tags(header_.common_tags)) return wrong;
    if (!ascending(header_.common_tags, 0, header_.common_tags.count))
      return "common tags are not ascending by key";
    if (const char* wrong = check_series()) return wrong;
    if (const char* wrong = check_shapes()) return wrong;
    return check_samples();
  }

 private:
  const char* check_header() noexcept {
    if (reinterpret_cast<std::uintptr_t>(base_) % 8 != 0) return "not aligned to 8 bytes";
    if (bytes_ < sizeof header_) return "shorter than a header";
    std::memcpy(&header_, base_, sizeof header_);
    if (header_.magic != TIDEGATE_BLOCK_MAGIC) return "does not begin with the magic bytes TGB1";
    if (header_.version != TIDEGATE_BLOCK_VERSION) return "has a layout version that is not known here";
    if (header_.header_bytes < sizeof header_ || header_.header_bytes % 8 != 0)
      return "header_bytes is wrong";
    if (header_.flags != 0) return "has flags that are not known here";
    if (header_.block_bytes > TIDEGATE_BLOCK_BYTES_MAX) return "is larger than 64 MiB";
    if (header_.block_bytes > bytes_) return "ends before its block_bytes";
    if (header_.block_bytes < header_.header_bytes) return "block_bytes is smaller than the header";
    if (header_.block_bytes % 8 != 0) return "block_bytes is not a multiple of 8";
    if (!fits(header_.series, sizeof(tidegate_series_record)) ||
        !fits(header_.tags, sizeof(tidegate_tag_record)) ||
        !fits(header_.common_tags, sizeof(tidegate_tag_record)) ||
        !fits(header_.shapes, sizeof(tidegate_shape_record)) ||
        !fits(header_.columns, sizeof(tidegate_column_record)) ||
        !fits(header_.samples, sizeof(tidegate_sample_record)) || !fits(header_.slots, sizeof(std::uint64_t)))
      return "a section lies outside the block";
    return nullptr;
  }

  bool fits(tidegate_section section, std::size_t record_bytes) const noexcept {
    if (section.offset % 8 != 0) return false;
    if (section.count == 0) return section.offset <= header_.block_bytes;
    const std::uint64_t end = section.offset + std::uint64_t{section.count} * record_bytes;
    return section.offset >= header_.header_bytes && end <= header_.block_bytes;
  }
  bool fits(tidegate_span span) const noexcept {
    if (span.offset == 0 && span.length == 0) return true;  // the empty text
    return span.offset >= header_.header_bytes &&
           std::uint64_t{span.offset} + span.length <= header_.block_bytes;
  }
  bool is_name(tidegate_span span) const noexcept { return span.length != 0 && fits(span); }
  static bool inside(std::uint32_t first, std::uint32_t count, std::uint32_t limit) noexcept {
    return std::uint64_t{first} + count <= limit;
  }
  template <class Record>
  const Record& record(tidegate_section section, std::uint32_t index) const noexcept {
    return reinterpret_cast<const Record*>(base_ + section.offset)[index];
  }
  std::string_view text(tidegate_span span) const noexcept {
    return {reinterpret_cast<const char*>(base_) + span.offset, span.length};
  }

  const char* check_tags(tidegate_section section) noexcept {
    for (std::uint32_t index = 0; index < section.count; ++index) {
      const auto& tag = record<tidegate_tag_record>(section, index);
      if (!is_name(tag.key)) return "a tag's key is empty or lies outside the block";
      if (!fits(tag.value)) return "a tag's value lies outside the block";
      // Keys may lie in each other, and are compared: bound the work.
      key_bytes_ += tag.key.length;
    }
    return key_bytes_ > std::uint64_t{16} * header_.block_bytes ? "tags have keys that are too long together"
                                                                : nullptr;
  }

  bool ascending(tidegate_section section, std::uint32_t first, std::uint32_t count) const noexcept {
    for (std::uint32_t index = first + 1; index < first + count; ++index)
      if (text(record<tidegate_tag_record>(section, index - 1).key) >=
          text(record<tidegate_tag_record>(section, index).key))
        return false;
    return true;
  }

  const char* check_series() const noexcept {
    // Series may share tags, so that their sum is not bounded by the section: bound the work instead.
    std::uint64_t tags = 0;
    for (std::uint32_t index = 0; index < header_.series.count; ++index) {
      const auto& series = record<tidegate_series_record>(header_.series, index);
      if (!is_name(series.name)) return "a series' name is empty or lies outside the block";
      if (!inside(series.first_tag, series.tag_count, header_.tags.count))
        return "a series' tags lie outside their section";
      if ((tags += series.tag_count) > header_.tags.count) return "series overlap in the tag section";
      if (!ascending(header_.tags, series.first_tag, series.tag_count))
        return "a series' tags are not ascending by key";
    }
    return nullptr;
  }

  const char* check_shapes() noexcept {
    for (std::uint32_t index = 0; index < header_.columns.count; ++index) {
      const auto& column = record<tidegate_column_record>(header_.columns, index);
      if (!is_name(column.name)) return "a field's name is empty or lies outside the block";
      if (column.type < TIDEGATE_TYPE_BOOL || column.type > TIDEGATE_TYPE_BYTES)
        return "a field has an unknown type";
      if (needs_check(column.type)) values_need_check_ = true;
    }
    for (std::uint32_t index = 0; index < header_.shapes.count; ++index) {
      const auto& shape = record<tidegate_shape_record>(header_.shapes, index);
      if (!inside(shape.first_column, shape.column_count, header_.columns.count))
        return "a shape's fields lie outside their section";
    }
    return nullptr;
  }

  static bool needs_check(std::uint32_t type) noexcept {
    return type == TIDEGATE_TYPE_BOOL || type == TIDEGATE_TYPE_STRING || type == TIDEGATE_TYPE_BYTES;
  }

  const char* check_samples() const noexcept {
    std::uint64_t slots = 0;
    for (std::uint32_t index = 0; index < header_.samples.count; ++index) {
      const auto& sample = record<tidegate_sample_record>(header_.samples, index);
      if (sample.series >= header_.series.count) return "a sample's series does not exist";
      if (sample.shape >= header_.shapes.count) return "a sample's shape does not exist";
      const auto& shape = record<tidegate_shape_record>(header_.shapes, sample.shape);
      if (!inside(sample.first_slot, shape.column_count, header_.slots.count))
        return "a sample's values lie outside their section";
      if ((slots += shape.column_count) > header_.slots.count) return "samples overlap in the value section";
      if (!values_need_check_) continue;
      if (const char* wrong = check_values(shape, sample.first_slot)) return wrong;
    }
    return nullptr;
  }

  const char* check_values(const tidegate_shape_record& shape, std::uint32_t first_slot) const noexcept {
    for (std::uint32_t index = 0; index < shape.column_count; ++index) {
      const auto type = record<tidegate_column_record>(header_.columns, shape.first_column + index).type;
      if (!needs_check(type)) continue;
      const auto slot = record<std::uint64_t>(header_.slots, first_slot + index);
      if (type == TIDEGATE_TYPE_BOOL) {
        if (slot > 1) return "a bool is neither 0 nor 1";
      } else if (!fits(tidegate_span{static_cast<std::uint32_t>(slot),
                                     static_cast<std::uint32_t>(slot >> 32)})) {
        return "a text lies outside the block";
      }
    }
    return nullptr;
  }

  const std::byte* base_;
  std::size_t bytes_;
  tidegate_block_header header_{};
  std::uint64_t key_bytes_ = 0;
  bool values_need_check_ = false;
};

}  // namespace detail

// Null if the first bytes at `data` (aligned to 8) are a well-formed block, else a phrase that completes
// "the block ...". Linear in the block's size. [any thread]
inline const char* validate(const void* data, std::size_t bytes) noexcept {
  return detail::block_validator{data, bytes}.run();
}

}  // namespace tidegate
