// JSON texts as trees of nodes, and back. The one place that knows the JSON library.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/node.hpp"

namespace tidegate::config {

// JSON strings become quoted scalars, numbers and booleans plain ones. Nothing, with `problem` filled ("line
// 3, column 5: ..."), if the text is no JSON. At most 32 levels deep.
std::optional<node> parse_json(std::string_view text, std::string& problem);

// The text as a JSON string, in quotes. What is not UTF-8 is replaced.
std::string json_text(std::string_view text);

// The inverse of parse_json.
std::string to_json(const node& tree);

}  // namespace tidegate::config
