// The processor `dedupe`: what README.md describes.
#pragma once

#include <cstdint>

#include "series/outlet.hpp"
#include "series/saved_table.hpp"
#include "series/schema.hpp"
#include "series/selection.hpp"
#include "series/series_key.hpp"
#include "series/sieve.hpp"
#include "tidegate/plugin.hpp"

namespace tidegate::dedupe {

namespace schema {

inline constexpr std::string_view own = R"(
  "window": {"type": "string", "unit": "duration", "minimum": "1ms", "examples": ["1m"],
    "description": "Drop what was there within so long before, by the times of the samples; if not given, what is the same as the sample before it."},
  "same_time": {"type": "boolean", "default": false,
    "description": "Only samples with the same time are the same, such as those that were sent twice."},
  "at_least_every": {"type": "string", "unit": "duration", "minimum": "1ms", "examples": ["10m"],
    "description": "Let one pass all the same when so much time has passed; never if not given."})";

using series::comma;
using series::field_option;
using series::max_series_option;
using series::options_begin;
using series::options_end;
using series::selection_options;
inline constexpr std::string_view options =
    joined_text<options_begin, own, comma, selection_options, comma, field_option, comma, max_series_option,
                options_end>::value;

}  // namespace schema

class dedupe_processor {
 public:
  static constexpr component info{.name = "dedupe",
                                  .summary = "Drops samples that are the same as one before.",
                                  .options = schema::options};

  dedupe_processor(processor_host host, const options& given);
  void start();
  bool process(batch_view batch);
  void stop();

 private:
  struct seen {
    series::series_key content;
    std::int64_t time = 0;
  };
  bool is_meant(const sample_view& sample);
  series::series_key content_of(const sample_view& sample);
  bool is_new(const sample_view& sample);

  bool remembers_all_;  // of the window, not the sample before alone
  bool same_time_;
  std::uint64_t forget_after_;  // UINT64_MAX: never
  series::chosen_series series_;
  series::chosen_columns columns_;
  series::batch_keys keys_;
  series::series_table<seen> seen_;
  series::snapshot snapshot_;
  series::outlet out_;
  series::sieve sieve_{out_};
  metric dropped_;
  metric forgotten_;
};

}  // namespace tidegate::dedupe
