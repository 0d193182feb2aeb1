// What a schema says of one option: the parsed form of sdk/OPTIONS.md, and its check against a node.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/node.hpp"
#include "config/schema.hpp"
#include "config/value.hpp"

namespace tidegate::config {

// A value; copies are deep but for `items` and `additional`, which are shared and never changed.
struct option {
  enum type : unsigned { boolean = 1, integer = 2, number = 4, string = 8, array = 16, object = 32 };
  enum class measure { none, duration, size, path };

  unsigned types = 0;  // of enum type, one or more
  measure unit = measure::none;
  bool required = false;
  bool secret = false;
  bool unchecked = false;   // host's own: taken as it is, the caller looks at the node
  std::string refusal;      // host's own: known, but not allowed here, and why
  std::string editor_json;  // host's own: what editors are told instead
  std::string description;
  std::optional<node> fallback;  // "default"
  std::vector<node> examples;
  std::vector<value> allowed;  // "enum"
  std::vector<std::string> allowed_texts;
  std::optional<value> minimum;
  std::optional<value> maximum;

  std::shared_ptr<const option> items;
  std::size_t items_min = 0;
  std::optional<std::size_t> items_max;

  struct property;
  std::vector<property> properties;
  std::shared_ptr<const option> additional;
  std::string when;                      // the sibling that decides whether this option applies; may be empty
  std::vector<std::string> when_values;  // the values of it with which it does

  bool is(type wanted) const noexcept { return (types & wanted) != 0; }
  const option* find(std::string_view name) const noexcept;
  option* find(std::string_view name) noexcept;
};

struct option::property {
  std::string name;
  option held;
};

struct schema::content {
  option root;
};

// How a check behaves; see schema::check for the rest.
struct check_rules {
  std::vector<std::string> except;  // keys of the outermost map that somebody else looks at
  bool expand_references = true;    // off for what a schema itself says: defaults, examples
};

// Any node against any option. What does not fit is reported and null in the result.
value check_option(const option& wanted, const node& given, const std::string& path, const check_rules& rules,
                   diagnostics& said);

// One value in YAML's flow notation, on one line.
std::string flow_text(const node& tree);
// An example of a value: the schema's own, or one made up from the type.
std::string example_text(const option& wanted);
// "a duration such as 5s", "one of text, json".
std::string wanted_text(const option& wanted);
// "string", "duration", "list of size".
std::string type_text(const option& wanted);
// A quantity in the unit of its option: "1m30s", "64KiB", "5".
std::string quantity_text(const option& of, const value& quantity);

// The option as a JSON Schema for editors: what an editor refuses, check refuses too.
std::string json_schema_of(const option& root);

}  // namespace tidegate::config
