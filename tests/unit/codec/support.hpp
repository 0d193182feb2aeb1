// What the tests of encoders have in common: one call from options and samples to a payload.
#pragma once

#include <string>

#include "codec/encoder.hpp"
#include "tidegate/testing.hpp"

namespace tidegate::codec {

using testing::list;
using testing::map;
using testing::option_map;

// 2026-01-02 03:04:05.678901234 UTC
constexpr std::int64_t a_moment = 1'767'323'045'678'901'234;

inline std::string encoded(const option_map& encoding, const batch_builder& samples) {
  const testing::batch batch{samples};
  const auto slice = batch.slice();
  std::string payload;
  make_encoder(encoding)->encode({&slice, 1}, 0, slice.count, payload);
  return payload;
}

inline std::string preamble(const option_map& encoding) {
  std::string text;
  make_encoder(encoding)->preamble(text);
  return text;
}

// One sample "m" without tags and with one field "v".
template <class Value>
std::string encoded_value(const option_map& encoding, Value value) {
  batch_builder builder;
  builder.sample(builder.series("m"), 0).field("v", value);
  return encoded(encoding, builder);
}

// What make_encoder says of the options: "option: text".
inline std::string refusal(const option_map& encoding) {
  try {
    make_encoder(encoding);
  } catch (const error& thrown) {
    if (thrown.status() != TIDEGATE_ERROR_CONFIGURATION) return "not a configuration error";
    return thrown.option() + ": " + thrown.what();
  }
  return "accepted";
}

}  // namespace tidegate::codec
