// The JSON Schema of a whole configuration file, for editors: completion, descriptions, red lines.
#pragma once

#include <string>
#include <vector>

#include "config/gateway.hpp"
#include "config/schema.hpp"

namespace tidegate::config {

// A component that files may name.
struct offered_component {
  component_kind kind = component_kind::source;
  std::string name;
  std::string summary;
  config::schema schema;
  source_traits source;
};

// Draft 7. It refuses nothing that check() accepts; check() knows more (names, units, references).
std::string editor_schema(const std::vector<offered_component>& components);

}  // namespace tidegate::config
