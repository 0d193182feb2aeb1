// From the JSON text that a plugin declares to options: sdk/OPTIONS.md is what this file reads.
#include <algorithm>
#include <array>

#include "config/json.hpp"
#include "config/message.hpp"
#include "config/option.hpp"
#include "config/units.hpp"

namespace tidegate::config {

namespace {

using reference_list = std::vector<std::pair<std::string, std::string>>;

constexpr int reference_depth_max = 8;

bool is_option_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '_' || letter == '-';
  });
}

// Reads one schema text. The first problem is kept; what is read after it does not matter.
class parser {
 public:
  parser(const reference_list& references, std::string& problem)
      : references_{references}, problem_{problem} {}

  option root(const node& tree) {
    if (tree.type != node::kind::map) {
      fail("", "must be an object with \"properties\"");
      return {};
    }
    auto whole = tree;
    if (whole.find("properties") == nullptr) whole.entries.push_back({"properties", {}, empty_map()});
    auto made = any(whole, "", 0);
    if (made.types != option::object) fail("", "must be of type object");
    if (made.find("plugin") != nullptr) fail("plugin", "the name belongs to the host; choose another");
    return made;
  }

 private:
  static node empty_map() {
    node made;
    made.type = node::kind::map;
    return made;
  }

  void fail(const std::string& path, const std::string& text) {
    if (!problem_.empty()) return;
    problem_ = (path.empty() ? std::string{"the schema"} : "option " + in_quotes(path)) + ": " + text;
  }

  option any(const node& tree, const std::string& path, int reference_depth) {
    option made;
    if (!problem_.empty()) return made;
    if (tree.type != node::kind::map) {
      fail(path, "must be an object such as {\"type\": \"string\"}");
      return made;
    }
    if (tree.find("$ref") != nullptr) return referenced(tree, path, reference_depth);
    read_types(made, tree, path);
    for (const auto& [keyword, where, held] : tree.entries) read(made, keyword, held, path, reference_depth);
    read_required_names(made, tree, path);
    if (problem_.empty()) check_whole(made, path);
    if (problem_.empty()) read_values(made, tree, path);
    return made;
  }

  // The schema of the reference, with the keywords that stand beside it over its own.
  option referenced(const node& tree, const std::string& path, int depth) {
    const auto& name = tree.find("$ref")->value;
    if (!expect(is_text(name), path, "$ref", "a string")) return {};
    const auto* text = find_reference(name.text);
    if (text == nullptr) {
      std::vector<std::string> known;
      for (const auto& reference : references_) known.push_back(reference.first);
      fail(path, "$ref names " + in_quotes(name.text) + ", which is unknown" + suggestion(name.text, known));
      return {};
    }
    if (depth >= reference_depth_max) {
      fail(path, "references are nested deeper than " + std::to_string(reference_depth_max));
      return {};
    }
    std::string json_problem;
    auto base = parse_json(*text, json_problem);
    if (!base || base->type != node::kind::map) {
      fail(path, "the text of " + in_quotes(name.text) + ": " + (base ? "must be an object" : json_problem));
      return {};
    }
    for (const auto& entry : tree.entries)
      if (entry.key != "$ref") put(*base, entry);
    return any(*base, path, depth + 1);
  }

  const std::string* find_reference(std::string_view name) const {
    for (const auto& [own, text] : references_)
      if (own == name || "tidegate:" + own == name) return &text;
    return nullptr;
  }

  static void put(node& map, const node::entry& entry) {
    for (auto& own : map.entries) {
      if (own.key != entry.key) continue;
      own.value = entry.value;
      return;
    }
    map.entries.push_back(entry);
  }

  static bool is_text(const node& held) { return held.type == node::kind::scalar && held.quoted; }
  static std::optional<bool> flag(const node& held) {
    return held.type == node::kind::scalar && !held.quoted ? parse_boolean(held.text) : std::nullopt;
  }

  bool expect(bool fits, const std::string& path, std::string_view keyword, std::string_view wanted) {
    if (!fits) fail(path, "keyword " + in_quotes(keyword) + " must be " + std::string{wanted});
    return fits;
  }

  void read_types(option& made, const node& tree, const std::string& path) {
    const auto* entry = tree.find("type");
    if (entry == nullptr) {
      if (tree.find("properties") != nullptr || tree.find("additionalProperties") != nullptr)
        made.types = option::object;
      else if (tree.find("items") != nullptr)
        made.types = option::array;
      else
        fail(path, "keyword 'type' is missing");
      return;
    }
    const auto& held = entry->value;
    if (held.type != node::kind::list) return read_type(made, held, path);
    for (const auto& item : held.items) read_type(made, item, path);
    expect(!held.items.empty(), path, "type", "a type or a list of types");
  }

  void read_type(option& made, const node& held, const std::string& path) {
    static const std::vector<std::string> names{"boolean", "integer", "number", "string", "array", "object"};
    const auto found = std::find(names.begin(), names.end(), held.text);
    if (is_text(held) && found != names.end())
      made.types |= 1U << static_cast<unsigned>(found - names.begin());
    else
      fail(path, "unknown type " + in_quotes(held.text) + suggestion(held.text, names));
  }

  void read(option& made, const std::string& keyword, const node& held, const std::string& path, int depth) {
    if (!problem_.empty()) return;
    if (keyword == "unit") {
      read_unit(made, held, path);
    } else if (keyword == "description") {
      if (expect(is_text(held), path, keyword, "a string")) made.description = held.text;
    } else if (keyword == "secret") {
      if (expect(flag(held).has_value(), path, keyword, "true or false")) made.secret = *flag(held);
    } else if (keyword == "items") {
      made.items = std::make_shared<option>(any(held, child_path(path, "items"), depth));
    } else if (keyword == "additionalProperties") {
      read_additional(made, held, path, depth);
    } else if (keyword == "properties") {
      read_properties(made, held, path, depth);
    } else if (keyword == "minItems" || keyword == "maxItems") {
      read_count(made, keyword, held, path);
    } else if (keyword == "when") {
      read_condition(made, held, path);
    } else {
      // Read elsewhere, since they need the others: see read_types, read_required_names and read_values.
      static const std::vector<std::string> others{"type",    "required", "default", "enum",
                                                   "minimum", "maximum",  "examples"};
      if (std::find(others.begin(), others.end(), keyword) != others.end()) return;
      auto known = others;
      known.insert(known.end(), {"unit", "description", "secret", "items", "additionalProperties",
                                 "properties", "minItems", "maxItems", "when", "$ref"});
      fail(path, "unknown keyword " + in_quotes(keyword) + suggestion(keyword, known));
    }
  }

  void read_unit(option& made, const node& held, const std::string& path) {
    static const std::vector<std::string> names{"duration", "size", "path"};
    const auto found = std::find(names.begin(), names.end(), held.text);
    if (!is_text(held) || found == names.end())
      return fail(path, "unknown unit " + in_quotes(held.text) + suggestion(held.text, names));
    made.unit = static_cast<option::measure>(found - names.begin() + 1);
  }

  void read_additional(option& made, const node& held, const std::string& path, int depth) {
    if (flag(held) == false) return;
    if (expect(held.type == node::kind::map, path, "additionalProperties", "a schema or false"))
      made.additional = std::make_shared<option>(any(held, child_path(path, "*"), depth));
  }

  void read_properties(option& made, const node& held, const std::string& path, int depth) {
    if (!expect(held.type == node::kind::map, path, "properties", "an object")) return;
    for (const auto& [name, where, property] : held.entries) {
      const auto below = child_path(path, name);
      if (!is_option_name(name)) fail(below, "a name has letters, digits, '_' and '-' only");
      made.properties.push_back({name, any(property, below, depth)});
    }
  }

  void read_count(option& made, const std::string& keyword, const node& held, const std::string& path) {
    const auto count =
        held.type == node::kind::scalar && !held.quoted ? parse_integer(held.text) : std::nullopt;
    if (!expect(count && *count >= 0, path, keyword, "an integer from 0 up")) return;
    if (keyword == "minItems")
      made.items_min = static_cast<std::size_t>(*count);
    else
      made.items_max = static_cast<std::size_t>(*count);
  }

  // {"type": ["csv", "line"]}
  void read_condition(option& made, const node& held, const std::string& path) {
    const bool fits = held.type == node::kind::map && held.entries.size() == 1 &&
                      held.entries[0].value.type == node::kind::list && !held.entries[0].value.items.empty();
    if (!expect(fits, path, "when", "an object such as {\"type\": [\"csv\"]}")) return;
    made.when = held.entries[0].key;
    for (const auto& item : held.entries[0].value.items) made.when_values.push_back(item.text);
  }

  // A list of names at the object, as JSON Schema has it, or true at the option itself.
  void read_required_names(option& made, const node& tree, const std::string& path) {
    const auto* entry = tree.find("required");
    if (entry == nullptr || !problem_.empty()) return;
    if (const auto required = flag(entry->value)) {
      made.required = *required;
      return;
    }
    if (!expect(entry->value.type == node::kind::list, path, "required", "a list of names, or true or false"))
      return;
    for (const auto& name : entry->value.items) {
      auto* property = made.find(name.text);
      if (property == nullptr)
        return fail(path, "'required' names " + in_quotes(name.text) + ", which is not in 'properties'");
      property->required = true;
    }
  }

  void check_whole(const option& made, const std::string& path) {
    constexpr unsigned scalars = option::boolean | option::integer | option::number | option::string;
    if (made.unit != option::measure::none && (made.types & scalars) != option::string)
      fail(path, "a unit needs the type string");
    if (made.is(option::array) && !made.items) fail(path, "type array needs 'items'");
    if (!made.is(option::array) && (made.items || made.items_min > 0 || made.items_max))
      fail(path, "'items', 'minItems' and 'maxItems' need the type array");
    const bool has_members = !made.properties.empty() || made.additional;
    if (made.is(option::object) && !has_members && !path.empty())
      fail(path, "type object needs 'properties' or 'additionalProperties'");
    if (!made.is(option::object) && has_members)
      fail(path, "'properties' and 'additionalProperties' need the type object");
    for (const auto& [name, property] : made.properties)
      if (!property.when.empty() && (property.when == name || made.find(property.when) == nullptr))
        fail(child_path(path, name),
             "'when' names " + in_quotes(property.when) + ", which is no option beside it");
  }

  // The keywords whose values are of the option's own type.
  void read_values(option& made, const node& tree, const std::string& path) {
    if (const auto* entry = tree.find("minimum")) made.minimum = limit(made, entry->value, "minimum", path);
    if (const auto* entry = tree.find("maximum")) made.maximum = limit(made, entry->value, "maximum", path);
    if (const auto* entry = tree.find("enum")) read_allowed(made, entry->value, path);
    if (!problem_.empty()) return;
    if (const auto* entry = tree.find("default"); entry != nullptr && entry->value.type != node::kind::null) {
      fitting(made, entry->value, "default", path);
      made.fallback = entry->value;
    }
    if (const auto* entry = tree.find("examples")) {
      if (!expect(entry->value.type == node::kind::list, path, "examples", "a list")) return;
      for (const auto& item : entry->value.items) fitting(made, item, "example", path);
      made.examples = entry->value.items;
    }
  }

  // A value of the schema, checked as one of the file would be.
  value fitting(const option& wanted, const node& held, const std::string& what, const std::string& path) {
    diagnostics said;
    auto open = wanted;
    open.secret = false;
    auto made = check_option(open, held, "", {{}, false}, said);
    if (said.has_errors()) {
      const auto first = said.sorted().front();
      fail(path,
           "the " + what + " does not fit: " + (first.path.empty() ? "" : first.path + " ") + first.text);
    }
    return made;
  }

  std::optional<value> limit(const option& of, const node& held, const std::string& keyword,
                             const std::string& path) {
    const bool is_measured = of.unit == option::measure::duration || of.unit == option::measure::size;
    if (!is_measured && !of.is(option::integer) && !of.is(option::number)) {
      fail(path, in_quotes(keyword) + " needs a number, a duration or a size");
      return std::nullopt;
    }
    auto unlimited = of;
    unlimited.types &= option::integer | option::number | option::string;
    if (!is_measured) unlimited.types &= ~static_cast<unsigned>(option::string);
    unlimited.minimum.reset();
    unlimited.maximum.reset();
    auto made = fitting(unlimited, held, keyword, path);
    return made.is_null() ? std::nullopt : std::optional{std::move(made)};
  }

  void read_allowed(option& made, const node& held, const std::string& path) {
    if (!expect(held.type == node::kind::list && !held.items.empty(), path, "enum", "a list of values"))
      return;
    std::vector<value> allowed;
    for (const auto& item : held.items) {
      if (!expect(item.type == node::kind::scalar, path, "enum", "a list of plain values")) return;
      allowed.push_back(fitting(made, item, "enum", path));
      made.allowed_texts.push_back(item.text);
    }
    made.allowed = std::move(allowed);
  }

  const reference_list& references_;
  std::string& problem_;
};

}  // namespace

schema schema::parse(std::string_view json,
                     const std::vector<std::pair<std::string, std::string>>& references,
                     std::string& problem) {
  problem.clear();
  schema made;
  const auto tree = parse_json(json, problem);
  if (!tree) return made;
  auto root = parser{references, problem}.root(*tree);
  if (problem.empty()) made.content_ = std::make_shared<content>(content{std::move(root)});
  return made;
}

schema::schema() {
  static const auto empty = [] {
    auto made = std::make_shared<content>();
    made->root.types = option::object;
    return made;
  }();
  content_ = empty;
}

value schema::check(const node& options, const std::string& path, const std::vector<std::string>& except,
                    diagnostics& said) const {
  return check_option(content_->root, options, path, {except, true}, said);
}

std::string schema::json_schema() const { return json_schema_of(content_->root); }

bool schema::has(std::string_view option_name) const { return content_->root.find(option_name) != nullptr; }

}  // namespace tidegate::config
