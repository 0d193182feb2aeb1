// The name and tags of a series as one text, for steps that make samples of it later, without a batch.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "series/snapshot.hpp"
#include "tidegate/batch.hpp"

namespace tidegate::series {

inline std::string packed(const series_view& series) {
  snapshot_writer to;
  to.put(series.name());
  for (const auto tag : series.tags()) {
    to.put(tag.key);
    to.put(tag.value);
  }
  return to.bytes();
}

// Gives the name, and sets the tags; views of the text.
inline std::string_view unpack(std::string_view packed, std::vector<tag_view>& tags) {
  snapshot_reader from{packed};
  const auto name = from.take_text();
  tags.clear();
  while (!from.is_at_end()) {
    const auto key = from.take_text();
    tags.push_back({key, from.take_text()});
  }
  return name;
}

}  // namespace tidegate::series
