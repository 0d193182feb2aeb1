// Names of fields as numbers, and what the fields are called that are made of them.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "functions.hpp"

namespace tidegate::aggregate {

class field_names {
 public:
  // More would be names that somebody makes up without end.
  static constexpr std::uint32_t count_max = 4096;
  static constexpr std::uint32_t none = UINT32_MAX;

  explicit field_names(const functions& made) : functions_{made} {}

  // none if there are too many.
  std::uint32_t id_of(std::string_view name);
  std::string_view name(std::uint32_t id) const { return names_[id].own; }
  // usage_mean; valid as long as this lives.
  std::string_view of_result(std::uint32_t id, std::size_t function) const {
    return names_[id].results[function];
  }

 private:
  struct names {
    std::string own;
    std::vector<std::string> results;
  };
  const functions& functions_;
  std::deque<names> names_;
  std::unordered_map<std::string_view, std::uint32_t> ids_;
};

}  // namespace tidegate::aggregate
