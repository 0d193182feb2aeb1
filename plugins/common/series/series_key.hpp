// What tells series apart in a step's memory: 128 bits of a hash over name and tags, in place of the texts,
// which would be most of what a series takes. That two of a billion series meet has odds of one in 10^20.
//
// The same in every run and on every machine: keys are stored.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "tidegate/batch.hpp"

namespace tidegate::series {

struct series_key {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const series_key&) const = default;
};

// Takes texts and numbers one after another; each with its length, so that "ab" + "c" is not "a" + "bc".
class key_maker {
 public:
  void add(std::uint64_t word) noexcept {
    high_ = (std::rotl(high_ ^ word, 29) + low_) * 0x9e3779b97f4a7c15u;
    low_ = (std::rotl(low_ + word, 37) ^ high_) * 0xc2b2ae3d27d4eb4fu;
  }
  void add(std::string_view text) noexcept {
    add(std::uint64_t{text.size()});
    while (!text.empty()) {
      std::uint64_t word = 0;
      const auto part = text.size() < sizeof word ? text.size() : sizeof word;
      std::memcpy(&word, text.data(), part);
      add(word);
      text.remove_prefix(part);
    }
  }
  series_key key() const noexcept { return {spread(high_ + low_), spread(low_ ^ std::rotl(high_, 17))}; }

 private:
  static std::uint64_t spread(std::uint64_t word) noexcept {
    word = (word ^ (word >> 32)) * 0xd6e8feb86659fd93u;
    word = (word ^ (word >> 29)) * 0xa0761d6478bd642fu;
    return word ^ (word >> 32);
  }
  std::uint64_t high_ = 0x243f6a8885a308d3u;
  std::uint64_t low_ = 0x13198a2e03707344u;
};

inline series_key key_of(const series_view& series) noexcept {
  key_maker made;
  made.add(series.name());
  for (const auto tag : series.tags()) {
    made.add(tag.key);
    made.add(tag.value);
  }
  return made.key();
}

// A part of what is known of a series: one of its fields.
inline series_key key_of(const series_key& series, std::string_view part) noexcept {
  key_maker made;
  made.add(series.high);
  made.add(series.low);
  made.add(part);
  return made.key();
}

// The keys of the series of one batch after another, each made once a batch. One thread at a time.
class batch_keys {
 public:
  void begin(batch_view batch) {
    is_known_.assign(batch.series_count(), 0);
    keys_.resize(batch.series_count());
  }
  const series_key& of(const sample_view& sample) {
    const auto index = sample.series_index();
    if (is_known_[index] == 0) {
      keys_[index] = key_of(sample.series());
      is_known_[index] = 1;
    }
    return keys_[index];
  }

 private:
  std::vector<char> is_known_;
  std::vector<series_key> keys_;
};

}  // namespace tidegate::series
