// What the tests of decoders have in common: bytes in, samples as lines of text out.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "codec/decoder.hpp"
#include "tidegate/testing.hpp"

namespace tidegate::codec {

using testing::list;
using testing::map;
using testing::option_map;
using testing::option_value;

constexpr std::int64_t arrival = 1'767'323'045'000'000'000;  // 2026-01-02 03:04:05 UTC

inline std::string to_text(const testing::sample::value& value, type of) {
  char number[64];
  if (const auto* held = std::get_if<std::string>(&value)) return excerpt(*held);
  if (const auto* held = std::get_if<bool>(&value)) return *held ? "true" : "false";
  if (const auto* held = std::get_if<std::int64_t>(&value)) return std::to_string(*held);
  if (const auto* held = std::get_if<std::uint64_t>(&value)) return std::to_string(*held) + "u";
  std::snprintf(number, sizeof number, "%.10g%s", std::get<double>(value), of == type::f64 ? "f" : "?");
  return number;
}

// "name,tag=a t=21.5f n=3 @1500ms": the time is left out when it is that of the arrival.
inline std::string to_text(const testing::sample& sample) {
  auto made = sample.name;
  for (const auto& [key, value] : sample.tags) made += "," + key + "=" + value;
  for (const auto& field : sample.fields) made += " " + field.name + "=" + to_text(field.value, field.type);
  if (sample.time != arrival) made += " @" + std::to_string(sample.time);
  return made;
}

// A decoder with its host and one stream.
class decoding {
 public:
  decoding(const option_map& with, std::vector<std::pair<std::string, std::string>> tags = {})
      : decoder_{host_.source(), part(with, "framing"), part(with, "format")},
        stream_{decoder_.open(std::move(tags))} {}

  // In pieces of that many bytes; 0: all at once.
  decoding& feed(std::string_view bytes, std::size_t piece = 0) {
    while (!bytes.empty()) {
      auto rest = bytes.substr(0, piece == 0 ? bytes.npos : piece);
      bytes.remove_prefix(rest.size());
      while (!rest.empty()) {
        // As in a buffer that is used again: what is held must be held elsewhere.
        std::string once{rest};
        const auto taken = stream_->feed(once, arrival);
        std::fill(once.begin(), once.end(), '#');
        rest.remove_prefix(taken);
        take();
      }
    }
    return *this;
  }
  decoding& end(pause why) {
    stream_->end(why, arrival);
    take();
    return *this;
  }

  std::string samples() const {
    std::string made;
    for (const auto& each : samples_) made += (made.empty() ? "" : "\n") + each;
    return made;
  }
  std::size_t size() const { return samples_.size(); }
  // "syntax=2 value=1", or nothing.
  std::string faults() const {
    std::string made;
    for (std::size_t index = 0; index < fault_kinds; ++index) {
      const auto name = std::string{codec::name_of(static_cast<fault>(index))};
      const auto count = static_cast<int>(host_.metric("decode_" + name + "_total"));
      if (count != 0) made += (made.empty() ? "" : " ") + name + "=" + std::to_string(count);
    }
    return made;
  }
  std::vector<std::string> log() const {
    std::vector<std::string> lines;
    for (const auto& each : host_.log_lines()) lines.push_back(each.text);
    return lines;
  }
  decode_stream& stream() { return *stream_; }

 private:
  static options part(const option_map& with, std::string_view key) {
    static const tidegate_value nothing{};
    return with.options().has(key) ? with.options()[key] : options{nothing};
  }
  void take() {
    for (const auto& each : testing::batch{stream_->batch()}.samples()) samples_.push_back(to_text(each));
    stream_->clear();
  }

  testing::host host_;
  decoder decoder_;
  std::unique_ptr<decode_stream> stream_;
  std::vector<std::string> samples_;
};

// All of the bytes, and their end.
inline std::string decoded(const option_map& with, std::string_view bytes) {
  return decoding{with}.feed(bytes).end(pause::complete).samples();
}

// What is said of the options: "option: text".
inline std::string decode_refusal(const option_map& with) {
  try {
    decoding{with};
  } catch (const error& thrown) {
    if (thrown.status() != TIDEGATE_ERROR_CONFIGURATION) return "not a configuration error";
    return thrown.option() + ": " + thrown.what();
  }
  return "accepted";
}

}  // namespace tidegate::codec
