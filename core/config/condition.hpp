// `when:` of a pipeline: which samples it takes. Written as the conditions of the processor `filter` are.
//
//   when: {name: [cpu, "meter-*"], tags: {site: "tokyo-*"}, field: usage, above: 80}
//   when:
//     - {field: temperature, below: 5}        of a list one is enough
//     - {field: temperature, above: 30}
//
// Of one condition all that is given must hold. Names, values of tags and texts are patterns with * and ?,
// and of a list one is enough. Of several fields that `field` fits one is enough, which must hold all
// comparisons.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
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

struct condition {
  std::vector<std::string> name;  // patterns; none: any name
  std::vector<std::pair<std::string, std::vector<std::string>>> tags;
  std::vector<std::string> field;  // patterns; none: no field is asked for
  std::optional<limit_number> above;
  std::optional<limit_number> below;
  std::optional<limit_number> at_least;
  std::optional<limit_number> at_most;
  std::optional<std::variant<bool, limit_number, std::string>> equals;  // a text is a pattern
};

// So that the answers for a series fit into one number.
inline constexpr std::size_t conditions_max = 64;

// Of what the schema has checked, and what stands in the file. What is wrong beyond that is reported.
std::vector<condition> check_conditions(const value& checked, const node& given, const std::string& path,
                                        diagnostics& said);

// In words: "name is cpu or meter-*; tag site is tokyo-*; field usage is above 80".
std::string to_text(const std::vector<condition>& one_of);

}  // namespace tidegate::config
