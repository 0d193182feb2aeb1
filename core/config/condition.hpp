// `when:` of a pipeline: which samples it takes.
//
//   when:
//     name: [cpu, "meter-*", "!meter-test"]     globs; '!' leaves out
//     tags: {site: "tokyo-*"}                   the tag is there, and fits
//     fields: {usage: "> 80", state: [open, "clos*"], level: "10..90"}
//
// All that is given must fit. Of a list one entry must, and none of those with '!'. What a test of a field
// may be: a comparison with a number (> >= < <= =), a range with both of its ends, or else a glob. A glob
// that is a number or a truth value also fits the number, or the boolean, that it writes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/node.hpp"
#include "config/value.hpp"

namespace tidegate::config {

// A number as it was written: whole ones are compared exactly, also beyond 2^53.
struct limit_number {
  double number = 0;
  std::optional<std::int64_t> whole;
};

// One entry of a list.
struct field_test {
  enum class kind { text, less, at_most, more, at_least, equal, range };
  kind is = kind::text;
  bool negated = false;
  std::string text;                  // a glob
  std::optional<limit_number> low;   // what is compared with; of a text the number that it is, if it is one
  std::optional<limit_number> high;  // of a range
  std::optional<bool> truth;         // of a text
};

// Globs, of which those with '!' leave out. Fits everything when it is empty.
struct name_patterns {
  std::vector<std::string> wanted;
  std::vector<std::string> unwanted;

  bool empty() const noexcept { return wanted.empty() && unwanted.empty(); }
  bool fits(std::string_view text) const noexcept;
};

struct condition {
  name_patterns name;
  std::vector<std::pair<std::string, name_patterns>> tags;
  std::vector<std::pair<std::string, std::vector<field_test>>> fields;

  bool empty() const noexcept { return name.empty() && tags.empty() && fields.empty(); }
};

// Of what the schema has checked, and what stands in the file; nothing if it is wrong. Tests that are wrong
// are reported.
std::optional<condition> check_condition(const value* checked, const node& given, const std::string& path,
                                         diagnostics& said);

// In words: "name is cpu or meter-*, and not meter-test; tag site is tokyo-*; field usage is > 80".
std::string to_text(const condition& of);

}  // namespace tidegate::config
