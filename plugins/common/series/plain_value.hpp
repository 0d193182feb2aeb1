// A value of any type that belongs to no batch: one that was made, or that is remembered.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

#include "tidegate/batch.hpp"
#include "tidegate/batch_builder.hpp"

namespace tidegate::series {

// A text is the owner's, and must outlive the value.
struct plain_value {
  tidegate::type type = tidegate::type::i64;
  std::uint64_t slot = 0;
  std::string_view text;

  static plain_value of(bool value) noexcept { return {type::boolean, value ? 1u : 0u, {}}; }
  static plain_value of(std::int64_t value) noexcept {
    return {type::i64, static_cast<std::uint64_t>(value), {}};
  }
  static plain_value of(std::uint64_t value) noexcept { return {type::u64, value, {}}; }
  static plain_value of(double value) noexcept {
    return {type::f64, std::bit_cast<std::uint64_t>(value), {}};
  }
  static plain_value of(std::string_view value) noexcept { return {type::string, 0, value}; }
  static plain_value of(const field_value& value) noexcept;

  void put(batch_builder::sample_builder& to, std::string_view name) const;
};

}  // namespace tidegate::series
