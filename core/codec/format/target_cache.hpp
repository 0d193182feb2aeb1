// What becomes of values whose names are only known when they come.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "codec/format/mapping.hpp"
#include "codec/format/sample_maker.hpp"

namespace tidegate::codec {

// Looked up by name without making a string of it. Noise brings ever new names; they are forgotten now and
// then.
class target_cache {
 public:
  target_cache(const mapping& what, sample_maker& to) : mapping_{what}, to_{to} {}

  // Targets are valid until the next call of begin(), which comes before each sample.
  void begin() {
    if (targets_.size() <= targets_max) return;
    to_.forget_targets();
    targets_.clear();
  }
  const target& of(std::string_view name) {
    if (const auto found = targets_.find(name); found != targets_.end()) return found->second;
    return targets_.emplace(std::string{name}, mapping_.of(name)).first->second;
  }

 private:
  static constexpr std::size_t targets_max = 4096;

  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };

  const mapping& mapping_;
  sample_maker& to_;
  std::unordered_map<std::string, target, hash, std::equal_to<>> targets_;
};

}  // namespace tidegate::codec
