// The tags of the configuration, put on every sample of a source.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tidegate::pipeline {

// The tags that a source's configuration puts on every sample. They are written behind a finished block,
// into room that was reserved when the block was allocated: no copy of the samples.
class tag_suffix {
 public:
  explicit tag_suffix(const std::map<std::string, std::string>& tags);
  // The room that append() needs beyond the block's own bytes, in the worst case.
  std::uint32_t reserve() const noexcept { return reserve_; }
  // The block keeps common tags of its own; of the same key, the block's stays.
  void append(void* block) const;

 private:
  std::vector<std::pair<std::string, std::string>> tags_;  // ascending by key
  std::uint32_t text_bytes_ = 0;
  std::uint32_t reserve_ = 0;
};

}  // namespace tidegate::pipeline
