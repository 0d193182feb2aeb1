// Options as JSON Schema (draft 7) for editors. An editor must not refuse what check accepts: every scalar
// may be a ${...} reference, and YAML gives an unquoted text such as 1234 as a number.
#include "config/json.hpp"
#include "config/message.hpp"
#include "config/option.hpp"

namespace tidegate::config {

namespace {

constexpr std::string_view reference = R"json({"type": "string", "pattern": "\\$\\{"})json";
constexpr std::string_view duration =
    R"json({"type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h|d))+$|^0$"})json";
constexpr std::string_view size =
    R"json({"type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?([KMGT]i?B|B))+$|^0$"})json";

// The members of a JSON object, one after the other.
class members {
 public:
  void add(std::string_view key, std::string_view json) {
    text_ += (text_.empty() ? "" : ", ") + json_text(key) + ": " + std::string{json};
  }
  std::string object() const { return "{" + text_ + "}"; }
  bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

std::string list_of(const std::vector<std::string>& items) {
  std::string all;
  for (const auto& item : items) all += (all.empty() ? "" : ", ") + item;
  return "[" + all + "]";
}

std::string list_of(const std::vector<node>& items) {
  std::vector<std::string> texts;
  for (const auto& item : items) texts.push_back(to_json(item));
  return list_of(texts);
}

std::string number_of(const value& limit) { return to_display(limit); }

void add_object(const option& from, members& all) {
  members properties;
  std::vector<std::string> required;
  for (const auto& [name, property] : from.properties) {
    if (!property.refusal.empty()) continue;
    properties.add(name, json_schema_of(property));
    if (property.required && !property.fallback && property.when.empty()) required.push_back(json_text(name));
  }
  if (!properties.empty()) all.add("properties", properties.object());
  if (!required.empty()) all.add("required", list_of(required));
  all.add("additionalProperties", from.additional ? json_schema_of(*from.additional) : "false");
}

std::string scalar_json(std::string_view type, const option& from) {
  members all;
  all.add("type", json_text(type));
  if (from.minimum) all.add("minimum", number_of(*from.minimum));
  if (from.maximum) all.add("maximum", number_of(*from.maximum));
  return all.object();
}

std::string enum_json(const option& from) {
  std::vector<std::string> texts;
  const bool bare = !from.is(option::string);
  for (const auto& text : from.allowed_texts) texts.push_back(bare ? text : json_text(text));
  return "{\"enum\": " + list_of(texts) + "}";
}

void add_string(const option& from, std::vector<std::string>& kinds) {
  switch (from.unit) {
    case option::measure::duration:
      kinds.emplace_back(duration);
      kinds.emplace_back(R"({"const": 0})");
      break;
    case option::measure::size:
      kinds.emplace_back(size);
      kinds.emplace_back(R"({"const": 0})");
      break;
    case option::measure::path:
      kinds.emplace_back(R"({"type": "string"})");
      return;
    case option::measure::none:
      kinds.emplace_back(R"({"type": ["string", "number", "boolean"]})");
      return;
  }
  kinds.emplace_back(reference);
}

// Each kind of value that fits.
std::vector<std::string> kinds_of(const option& from) {
  constexpr unsigned scalars = option::boolean | option::integer | option::number | option::string;
  std::vector<std::string> kinds;
  if (!from.allowed_texts.empty()) {
    kinds.push_back(enum_json(from));
  } else {
    if (from.is(option::boolean)) kinds.emplace_back(R"({"type": "boolean"})");
    if (from.is(option::integer)) kinds.push_back(scalar_json("integer", from));
    if (from.is(option::number)) kinds.push_back(scalar_json("number", from));
    if (from.is(option::string)) add_string(from, kinds);
  }
  const bool any_text = from.is(option::string) && from.allowed_texts.empty();
  if ((from.types & scalars) != 0 && !any_text) kinds.emplace_back(reference);
  if (from.is(option::array)) {
    members list;
    list.add("type", "\"array\"");
    list.add("items", json_schema_of(*from.items));
    if (from.items_min > 0) list.add("minItems", std::to_string(from.items_min));
    if (from.items_max) list.add("maxItems", std::to_string(*from.items_max));
    kinds.push_back(list.object());
  }
  if (from.is(option::object)) {
    members map;
    // A key with nothing behind it is an empty map.
    map.add("type", R"(["object", "null"])");
    add_object(from, map);
    kinds.push_back(map.object());
  }
  return kinds;
}

}  // namespace

std::string json_schema_of(const option& from) {
  if (!from.editor_json.empty()) return from.editor_json;
  members all;
  if (!from.description.empty()) all.add("description", json_text(from.description));
  if (from.fallback) all.add("default", to_json(*from.fallback));
  if (!from.examples.empty()) all.add("examples", list_of(from.examples));
  const auto kinds = kinds_of(from);
  if (kinds.size() != 1) {
    all.add("anyOf", list_of(kinds));
    return all.object();
  }
  // One kind needs no alternatives: its members join the rest.
  const auto before = all.empty() ? std::string{"{"} : all.object().substr(0, all.object().size() - 1) + ", ";
  return before + kinds[0].substr(1);
}

}  // namespace tidegate::config
