// The check of one source, step or sink, and what it shares with the other checks.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "config/gateway.hpp"
#include "config/node.hpp"

namespace tidegate::config {

// What a check works with.
struct check_context {
  component_schemas& schemas;
  diagnostics& said;
};

// `given` is what stands under the name. Nothing if the component is not known; what else is wrong is
// reported and left out.
std::optional<instance> check_instance(component_kind kind, std::string name, std::string path,
                                       const node& given, const check_context& with);

// What checked options hold; nothing if they were not given, or wrong.
std::optional<std::int64_t> integer_of(const value& checked);
std::optional<std::int64_t> integer_of(const value* checked);
bool is_true(const value* checked);  // false if it is not given
std::string text_of(const value& checked);
std::map<std::string, std::string> tags_of(const value* checked);

}  // namespace tidegate::config
