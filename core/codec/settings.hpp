// The options of an encoding, read and checked once, in the words of the encoders.
//
// Every reader takes the `encoding` option itself, as a map or null, treats what is not there as its
// default, and throws tidegate::error (configuration) with a path relative to `encoding`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/time.hpp"
#include "tidegate/options.hpp"

namespace tidegate::codec {

// Something of a sample, and what it is called in the payload.
struct renamed {
  std::string output;
  std::string source;
  std::string path;  // of the option that says so
};

// Which tags or fields are written. All, under their own names in their own order; or the chosen ones.
struct selection {
  bool all = true;
  std::vector<renamed> chosen;
  bool is_none() const noexcept { return !all && chosen.empty(); }
};

enum class not_a_number { empty, omit, text };

struct value_settings {
  std::optional<int> decimals;
  not_a_number non_finite = not_a_number::empty;
  bool big_integers_as_text = false;
};

struct time_settings {
  bool is_written = true;
  std::string key = "time";
  std::string pattern;    // of strftime; RFC 3339 is one; empty for epoch
  std::int64_t unit = 0;  // of epoch, in nanoseconds
  zone in = zone::utc;

  // With all literal text of the pattern as `escape(text)` has it.
  template <class Escape>
  time_format make(Escape escape) const {
    return unit != 0 ? time_format::by_epoch(unit) : time_format::by_pattern(escape(pattern), in);
  }
};

// The text of an option, or what it is when it is not given.
std::string text_or(const options& encoding, std::string_view key, std::string_view otherwise);

// `none`, `all`, a list of names or a map from output names to names.
selection read_selection(const options& encoding, std::string_view key);
// Entries of a list or a map; output names are not empty and differ.
std::vector<renamed> read_renamed(const options& list_or_map);
value_settings read_values(const options& encoding);
time_settings read_time(const options& encoding, std::string_view default_format);
// The key of the name, or nothing if it is left out.
std::optional<std::string> read_name(const options& encoding);

// Throws if an option was given that the type has no use for. The host's check says so before, with the
// file's position; this is for callers that did not check.
void refuse_options(const options& encoding, std::initializer_list<std::string_view> keys);

}  // namespace tidegate::codec
