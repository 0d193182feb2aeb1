// How options are described to humans: pieces of messages, `plugin show`, `plugin sample`.
#include <algorithm>

#include "config/json.hpp"
#include "config/message.hpp"
#include "config/option.hpp"
#include "config/units.hpp"

namespace tidegate::config {

namespace {

bool is_alphanumeric(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9');
}

// Whether a text means the same in YAML without quotes, wherever it stands.
bool is_plain(const std::string& text) {
  if (text.empty() || text == "null" || parse_boolean(text) || parse_number(text)) return false;
  constexpr std::string_view inside = "_./%+-";
  const auto fits = [&](char letter) {
    return is_alphanumeric(letter) || inside.find(letter) != inside.npos;
  };
  return (is_alphanumeric(text[0]) || text[0] == '/') && std::all_of(text.begin(), text.end(), fits);
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string all;
  for (const auto& part : parts) all += (all.empty() ? "" : std::string{between}) + part;
  return all;
}

std::string unit_text(const option& wanted) {
  switch (wanted.unit) {
    case option::measure::duration:
      return "duration";
    case option::measure::size:
      return "size";
    case option::measure::path:
      return "path";
    case option::measure::none:
      break;
  }
  return "string";
}

// A made-up value, for options whose schema gives no example.
std::string made_up(const option& wanted) {
  if (!wanted.allowed_texts.empty()) return flow_text(make_text(wanted.allowed_texts[0]));
  if (wanted.is(option::integer) || wanted.is(option::number)) {
    if (wanted.minimum) return quantity_text(wanted, *wanted.minimum);
    return wanted.is(option::integer) ? "10" : "1.5";
  }
  if (wanted.is(option::boolean)) return "true";
  if (wanted.is(option::string)) {
    if (wanted.unit == option::measure::duration) return "5s";
    if (wanted.unit == option::measure::size) return "64KiB";
    return wanted.unit == option::measure::path ? "/path/to/it" : "text";
  }
  if (wanted.is(option::array)) return "[" + example_text(*wanted.items) + "]";
  std::string inside;
  for (const auto& [name, property] : wanted.properties)
    if (property.required) inside += (inside.empty() ? "" : ", ") + name + ": " + example_text(property);
  if (inside.empty() && wanted.additional) inside = "name: " + example_text(*wanted.additional);
  return "{" + inside + "}";
}

// The range and other facts that a description should not have to repeat.
std::string facts(const option& of) {
  std::vector<std::string> all;
  if (of.minimum) all.push_back("at least " + quantity_text(of, *of.minimum));
  if (of.maximum) all.push_back("at most " + quantity_text(of, *of.maximum));
  if (!of.when.empty()) all.push_back("only with " + of.when + " " + listed(of.when_values));
  if (of.secret) all.push_back("secret");
  return all.empty() ? "" : "(" + joined(all, ", ") + ")";
}

struct row {
  std::string name;
  std::string type;
  std::string fallback;
  std::string description;
};

void collect(const option& of, const std::string& path, std::vector<row>& rows) {
  for (const auto& [name, property] : of.properties) {
    if (!property.refusal.empty()) continue;
    const auto below = child_path(path, name);
    const auto known = facts(property);
    const auto gap = property.description.empty() || known.empty() ? "" : " ";
    rows.push_back(
        {below, type_text(property),
         property.fallback ? flow_text(*property.fallback) : (property.required ? "(required)" : "-"),
         property.description + gap + known});
    collect(property, below, rows);
    if (property.items) collect(*property.items, below + "[]", rows);
    if (property.additional) collect(*property.additional, child_path(below, "NAME"), rows);
  }
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string first_sentence(const std::string& text) {
  const auto end = text.find(". ");
  return end == std::string::npos ? text : text.substr(0, end);
}

// Lines of a sample: what the option is stands behind it.
void write_sample(const option& of, const std::string& before, std::string& all) {
  for (const auto& [name, property] : of.properties) {
    if (!property.refusal.empty() || !property.when.empty()) continue;
    const bool commented = before.find('#') != std::string::npos;
    const auto start = before + (property.required || commented ? "" : "# ");
    const bool nested = property.is(option::object) && !property.properties.empty() &&
                        property.examples.empty() &&
                        (!property.fallback || property.fallback->entries.empty());
    auto line = start + name + ":" + (nested ? "" : " " + example_text(property));
    if (!property.description.empty())
      line = padded(line, 40) + "  # " + first_sentence(property.description);
    all += line + "\n";
    if (nested) write_sample(property, start + "  ", all);
  }
}

}  // namespace

std::string flow_text(const node& tree) {
  switch (tree.type) {
    case node::kind::null:
      return "null";
    case node::kind::scalar:
      return tree.quoted && !is_plain(tree.text) ? json_text(tree.text) : tree.text;
    case node::kind::list: {
      std::vector<std::string> items;
      for (const auto& item : tree.items) items.push_back(flow_text(item));
      return "[" + joined(items, ", ") + "]";
    }
    case node::kind::map:
      break;
  }
  std::vector<std::string> entries;
  for (const auto& [key, where, held] : tree.entries)
    entries.push_back(flow_text(make_text(key)) + ": " + flow_text(held));
  return "{" + joined(entries, ", ") + "}";
}

std::string example_text(const option& wanted) {
  if (!wanted.examples.empty()) return flow_text(wanted.examples[0]);
  // A zero shows nobody how a duration or a size is written.
  const bool is_zero =
      wanted.fallback && wanted.unit != option::measure::none && wanted.fallback->text.starts_with('0');
  if (wanted.fallback && !is_zero) return flow_text(*wanted.fallback);
  return made_up(wanted);
}

std::string wanted_text(const option& wanted) {
  std::vector<std::string> kinds;
  const auto example = example_text(wanted);
  if (!wanted.allowed_texts.empty()) {
    kinds.push_back("one of " + listed(wanted.allowed_texts));
  } else {
    if (wanted.is(option::boolean)) kinds.emplace_back("true or false");
    if (wanted.is(option::integer)) kinds.emplace_back("an integer");
    if (wanted.is(option::number)) kinds.emplace_back("a number");
    if (wanted.is(option::string))
      kinds.push_back(wanted.unit == option::measure::none ? "a text" : "a " + unit_text(wanted));
  }
  if (wanted.is(option::array)) kinds.emplace_back("a list");
  if (wanted.is(option::object)) kinds.emplace_back("a map");
  // Nobody needs to be shown a text, or what is listed already.
  const bool is_bare_text = wanted.types == option::string && wanted.unit == option::measure::none;
  const bool is_clear = !wanted.allowed_texts.empty() || wanted.types == option::boolean ||
                        (is_bare_text && wanted.examples.empty() && !wanted.fallback);
  return joined(kinds, " or ") + (is_clear ? "" : " such as " + example);
}

std::string type_text(const option& wanted) {
  std::vector<std::string> kinds;
  if (!wanted.allowed_texts.empty()) {
    kinds = wanted.allowed_texts;
  } else {
    if (wanted.is(option::boolean)) kinds.emplace_back("boolean");
    if (wanted.is(option::integer)) kinds.emplace_back("integer");
    if (wanted.is(option::number)) kinds.emplace_back("number");
    if (wanted.is(option::string)) kinds.push_back(unit_text(wanted));
  }
  if (wanted.is(option::array)) kinds.push_back("list of " + type_text(*wanted.items));
  if (wanted.is(option::object))
    kinds.push_back(wanted.additional ? "map of " + type_text(*wanted.additional) : "map");
  return joined(kinds, "|");
}

std::string quantity_text(const option& of, const value& quantity) {
  const auto* whole = std::get_if<std::int64_t>(&quantity.data);
  if (whole != nullptr && of.unit == option::measure::duration) return format_duration(*whole);
  if (whole != nullptr && of.unit == option::measure::size) return format_size(*whole);
  return to_display(quantity);
}

std::string schema::describe() const {
  std::vector<row> rows{{"option", "type", "default", "description"}};
  collect(content_->root, "", rows);
  if (rows.size() == 1) return "(no options)\n";
  std::size_t name_width = 0;
  std::size_t type_width = 0;
  std::size_t fallback_width = 0;
  constexpr std::size_t width_max = 40;  // one long cell must not push all descriptions off the screen
  for (const auto& each : rows) {
    name_width = std::max(name_width, std::min(each.name.size(), width_max));
    type_width = std::max(type_width, std::min(each.type.size(), width_max));
    fallback_width = std::max(fallback_width, std::min(each.fallback.size(), width_max));
  }
  std::string all;
  for (const auto& each : rows) {
    auto line = padded(each.name, name_width) + "  " + padded(each.type, type_width) + "  " +
                padded(each.fallback, fallback_width) + "  " + each.description;
    line.erase(line.find_last_not_of(' ') + 1);
    all += line + "\n";
  }
  return all;
}

std::string schema::sample() const {
  std::string all;
  write_sample(content_->root, "    ", all);
  return all;
}

}  // namespace tidegate::config
