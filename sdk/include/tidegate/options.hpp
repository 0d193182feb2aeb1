// Reads the options that `create` is given.
//
// The host has validated them against the component's schema before: an option with a default or one that
// is required is there, with its type. Asking for what the schema does not declare is a bug of the
// plugin and throws tidegate::bug.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tidegate/abi.h"
#include "tidegate/error.hpp"

namespace tidegate {

inline std::string_view view(tidegate_text text) noexcept { return {text.data, text.length}; }
inline tidegate_text text(std::string_view view) noexcept {
  return {view.data(), static_cast<std::uint32_t>(view.size())};
}

// A node of the options: a value, not an owner. Valid during `create`; copy out what is needed later.
class options {
 public:
  explicit options(const tidegate_value& value, std::string path = {})
      : value_{&value}, path_{std::move(path)} {}

  // Whether an optional option was given (or has a default).
  bool has(std::string_view key) const noexcept {
    const auto* found = find(key);
    return found != nullptr && found->type != TIDEGATE_TYPE_NULL;
  }
  options operator[](std::string_view key) const {
    const auto* found = find(key);
    const auto path = path_.empty() ? std::string{key} : path_ + "." + std::string{key};
    if (found == nullptr) throw bug("option '" + path + "' is asked for but not in the schema");
    return options{*found, path};
  }

  std::uint32_t size() const noexcept {
    return value_->type == TIDEGATE_TYPE_LIST || value_->type == TIDEGATE_TYPE_MAP ? value_->count : 0;
  }
  // Items of a list or a map, in the order of the file.
  options operator[](std::uint32_t index) const {
    if (value_->type == TIDEGATE_TYPE_MAP && index < value_->count) {
      const auto& entry = value_->as.entries[index];
      return options{entry.value, path_ + "." + std::string{view(entry.key)}};
    }
    expect(TIDEGATE_TYPE_LIST);
    if (index >= value_->count) throw bug("option '" + path_ + "' has no item " + std::to_string(index));
    return options{value_->as.items[index], path_ + "[" + std::to_string(index) + "]"};
  }
  std::string_view key(std::uint32_t index) const {
    expect(TIDEGATE_TYPE_MAP);
    return view(value_->as.entries[index].key);
  }

  bool is_null() const noexcept { return value_->type == TIDEGATE_TYPE_NULL; }
  std::uint32_t type() const noexcept { return value_->type; }
  bool boolean() const {
    expect(TIDEGATE_TYPE_BOOL);
    return value_->as.boolean != 0;
  }
  std::int64_t integer() const {
    expect(TIDEGATE_TYPE_I64);
    return value_->as.i64;
  }
  // An integer where a number is wanted is a number.
  double number() const {
    if (value_->type == TIDEGATE_TYPE_I64) return static_cast<double>(value_->as.i64);
    expect(TIDEGATE_TYPE_F64);
    return value_->as.f64;
  }
  std::string_view text() const {
    expect(TIDEGATE_TYPE_STRING);
    return view(value_->as.text);
  }
  std::string string() const { return std::string{text()}; }
  std::chrono::nanoseconds duration() const { return std::chrono::nanoseconds{integer()}; }
  std::vector<std::string> strings() const {
    std::vector<std::string> all;
    for (std::uint32_t index = 0; index < size(); ++index) all.push_back((*this)[index].string());
    return all;
  }

  // Where this option stands: "tls.key". What error messages name.
  const std::string& path() const noexcept { return path_; }
  const tidegate_value& raw() const noexcept { return *value_; }

 private:
  const tidegate_value* find(std::string_view key) const noexcept {
    if (value_->type != TIDEGATE_TYPE_MAP) return nullptr;
    for (std::uint32_t index = 0; index < value_->count; ++index)
      if (view(value_->as.entries[index].key) == key) return &value_->as.entries[index].value;
    return nullptr;
  }
  void expect(std::uint32_t type) const {
    if (value_->type != type)
      throw bug("option '" + path_ + "' is read as another type than its schema says");
  }

  const tidegate_value* value_;
  std::string path_;
};

}  // namespace tidegate
