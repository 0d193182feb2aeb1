// The processor `join`: what README.md describes.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "series/outlet.hpp"
#include "series/plain_value.hpp"
#include "series/schema.hpp"
#include "series/selection.hpp"
#include "series/series_key.hpp"
#include "series/series_table.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::join {

namespace schema {

inline constexpr std::string_view own = R"(
  "inputs": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 32, "required": true,
    "examples": [["temperature", "humidity"]],
    "description": "The measurements that are joined; others pass as they are."},
  "name": {"type": "string", "required": true, "examples": ["climate"], "description": "The name of the measurement that is made."},
  "by": {"type": "array", "items": {"type": "string"}, "default": [], "examples": [["room"]],
    "description": "Tags in which samples must agree, and which the joined one has."},
  "tolerance": {"type": "string", "unit": "duration", "default": "0s", "maximum": "1d",
    "description": "How far the times of samples that belong together may lie apart."},
  "timeout": {"type": "string", "unit": "duration", "default": "10s", "minimum": "1ms", "maximum": "1d",
    "description": "How long the first one waits for the others."},
  "incomplete": {"type": "string", "enum": ["send", "drop"], "default": "send",
    "description": "What becomes of it when they did not come."},
  "prefix": {"type": "boolean", "default": true,
    "description": "Put the name of the measurement before the names of its fields."})";

using series::comma;
using series::max_series_option;
using series::options_begin;
using series::options_end;
inline constexpr std::string_view options =
    joined_text<options_begin, own, comma, max_series_option, options_end>::value;

}  // namespace schema

// What waits for its others is held in memory, and sent or dropped when the step stops.
class join_processor {
 public:
  static constexpr component info{
      .name = "join",
      .summary = "Makes one sample of those of several measurements that belong together.",
      .options = schema::options};

  join_processor(processor_host host, const options& given);
  bool process(batch_view batch);
  void tick();
  void stop();

 private:
  // A sample of an input, or several of different inputs.
  struct waiting {
    struct field {
      std::string name;
      series::plain_value value;
      std::string text;
    };
    std::int64_t time = 0;     // of the first that came
    std::int64_t since = 0;    // by the clock that never jumps
    std::uint32_t inputs = 0;  // bits
    std::vector<field> fields;
  };
  // What agrees in the tags of `by`.
  struct group {
    std::vector<std::string> tags;  // their values
    std::deque<waiting> all;        // the one that waits longest first
  };
  static constexpr std::uint32_t none = UINT32_MAX;
  // More would be looked through for each sample that comes.
  static constexpr std::size_t waiting_max = 1024;

  void begin(batch_view batch);
  std::uint32_t input_of(const sample_view& sample);
  void take(const sample_view& sample, std::uint32_t input);
  group& group_of(const sample_view& sample);
  waiting& partner_of(group& in, const sample_view& sample, std::uint32_t input);
  void add(waiting& to, const sample_view& sample, std::uint32_t input);
  void give_up(group& of, std::size_t count);
  void send(const group& of, const waiting& what);
  void set_timer();

  processor_host host_;
  std::vector<std::string> inputs_;
  std::string name_;
  std::vector<std::string> by_;
  std::uint64_t tolerance_;
  std::int64_t timeout_;
  bool sends_incomplete_;
  bool prefix_;
  series::series_table<group> groups_;
  series::outlet out_;

  std::int64_t now_ = 0;  // of the batch or tick
  std::optional<std::int64_t> timer_;
  std::vector<std::uint32_t> known_inputs_;  // by series of the batch
  std::vector<series::series_key> known_keys_;

  metric joined_;
  metric incomplete_;
  metric forgotten_;
};

}  // namespace tidegate::join
