#include "pipeline/gap.hpp"

#include <algorithm>

#include "codec/time.hpp"

namespace tidegate::pipeline {

void gap::add(const batch_view& lost) noexcept {
  samples += lost.size();
  for (const auto sample : lost) {
    first_time = std::min(first_time, sample.time());
    last_time = std::max(last_time, sample.time());
  }
}

void gap::add(const gap& other) noexcept {
  if (is_empty()) reason = other.reason;
  samples += other.samples;
  first_time = std::min(first_time, other.first_time);
  last_time = std::max(last_time, other.last_time);
}

std::string to_string(const gap& of) {
  auto format = codec::time_format::by_pattern(codec::time_format::rfc3339_pattern(3, codec::zone::utc),
                                               codec::zone::utc);
  return std::to_string(of.samples) + " samples from " + std::string{format.at(of.first_time)} + " to " +
         std::string{format.at(of.last_time)};
}

batch_ref finished(const batch_builder& made, const tag_suffix& tags) {
  void* block = allocate_block(made.bytes(), tags.reserve());
  if (block == nullptr) return {};
  made.write_to(block);
  tags.append(block);
  return batch_ref::adopt(block);
}

batch_ref report_of(const gap& of, std::string_view source, const tag_suffix& tags, std::int64_t now) {
  batch_builder made;
  made.sample(made.series(gap_series, {{"source", source}, {"reason", of.reason}}), now)
      .field("samples", of.samples)
      .field("first_time", of.first_time)
      .field("last_time", of.last_time);
  return finished(made, tags);
}

}  // namespace tidegate::pipeline
