// Samples as somebody writes them down in a file of tests: what goes in, and what is expected to come out.
//
//   {name: plc, tags: {room: b2}, fields: {temperature: 21.5, valve: true, state: "on"}}
//   {age: 90s, name: plc, fields: {count: {u64: 7}}}
//   {time: "2026-01-01T00:00:10Z", fields: {temperature: 21.5}}
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/node.hpp"
#include "tidegate/batch.hpp"
#include "tidegate/batch_builder.hpp"

namespace tidegate::cli {

struct written_value {
  std::variant<bool, std::int64_t, std::uint64_t, double, std::string> data;
  bool is_exact = false;  // the type was named: no other will do
};

struct written_sample {
  std::optional<std::int64_t> time;  // nanoseconds since 1970
  std::int64_t age = 0;              // without a time: how long before the clock's
  std::optional<std::string> name;
  std::optional<std::vector<std::pair<std::string, std::string>>> tags;
  std::optional<std::vector<std::pair<std::string, written_value>>> fields;
};

// A list of them. What is wrong is reported, and left out.
std::vector<written_sample> read_samples(const config::node& given, const std::string& path,
                                         config::diagnostics& said);

// As it goes in: at the clock's time, and with the source's name, where nothing else is written.
void add_to(batch_builder& batch, const written_sample& sample, const std::string& source, std::int64_t now);

// Whether it is what was expected: all that is written must be as it is written, and tags and fields no more
// than that. A whole number fits every type of number; floats may differ in what arithmetic makes of them.
bool fits(const written_sample& expected, const sample_view& came);

// On a line, so that it can be copied into a file of tests.
std::string to_text(const written_sample& expected);
std::string to_text(const sample_view& came);

}  // namespace tidegate::cli
