// YAML texts as trees of nodes. The one place that knows the YAML library; its exceptions end here.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/diagnostics.hpp"
#include "config/node.hpp"

namespace tidegate::config {

// One document. An empty text is a null node; nothing is returned when the text cannot be read. Aliases and
// merge keys (<<) are resolved, and their expansion limited; a key that stands twice in a map is an
// error and its second value left out.
std::optional<node> parse_yaml(std::string_view text, std::shared_ptr<const std::string> file,
                               diagnostics& said);

}  // namespace tidegate::config
