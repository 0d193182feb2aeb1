#include "config/condition.hpp"

#include <array>

#include "config/message.hpp"

namespace tidegate::config {

namespace {

// A text, or a list of them.
std::vector<std::string> texts_of(const value* given) {
  std::vector<std::string> all;
  if (given == nullptr) return all;
  if (const auto* single = std::get_if<std::string>(&given->data)) all.push_back(*single);
  if (const auto* items = std::get_if<value::list>(&given->data))
    for (const auto& item : *items)
      if (const auto* text = std::get_if<std::string>(&item.data)) all.push_back(*text);
  return all;
}

std::optional<limit_number> number_of(const value* given) {
  if (given == nullptr) return std::nullopt;
  if (const auto* whole = std::get_if<std::int64_t>(&given->data))
    return limit_number{static_cast<double>(*whole), *whole};
  if (const auto* number = std::get_if<double>(&given->data)) return limit_number{*number, std::nullopt};
  return std::nullopt;
}

void take_equals(const value* given, condition& into) {
  if (given == nullptr || given->is_null()) return;
  if (const auto* truth = std::get_if<bool>(&given->data))
    into.equals = *truth;
  else if (const auto* text = std::get_if<std::string>(&given->data))
    into.equals = *text;
  else if (const auto number = number_of(given))
    into.equals = *number;
}

constexpr std::array<const char*, 5> comparisons{"above", "below", "at_least", "at_most", "equals"};

// No number is in between.
bool is_empty_range(const condition& of) {
  const auto are_apart = [](const std::optional<limit_number>& low, const std::optional<limit_number>& high,
                            bool takes_ends) {
    return low && high && (takes_ends ? low->number > high->number : low->number >= high->number);
  };
  return are_apart(of.above, of.below, false) || are_apart(of.above, of.at_most, false) ||
         are_apart(of.at_least, of.below, false) || are_apart(of.at_least, of.at_most, true);
}

condition one_of(const value& checked, const node& given, const std::string& path, diagnostics& said) {
  condition made;
  made.name = texts_of(checked.find("name"));
  if (const auto* tags = checked.find("tags"); tags != nullptr && !tags->is_null())
    for (const auto& [key, held] : tags->entries()) made.tags.emplace_back(key, texts_of(&held));
  made.field = texts_of(checked.find("field"));
  made.above = number_of(checked.find("above"));
  made.below = number_of(checked.find("below"));
  made.at_least = number_of(checked.find("at_least"));
  made.at_most = number_of(checked.find("at_most"));
  take_equals(checked.find("equals"), made);

  const auto* tags = given.find("tags");
  const bool has_no_tags = tags != nullptr && tags->value.entries.empty();
  if (given.entries.empty() || (given.entries.size() == 1 && has_no_tags))
    said.error(given.named, path,
               "says nothing; give a name, tags or a field, such as {name: cpu}, or remove it");
  for (const auto* comparison : comparisons)
    if (const auto* entry = given.find(comparison); entry != nullptr && given.find("field") == nullptr) {
      said.error(entry->where, child_path(path, comparison),
                 "needs 'field' beside it: which field is meant?");
      break;
    }
  if (is_empty_range(made)) said.error(given.named, path, "never holds: no number is within these limits");
  return made;
}

std::string alternatives(const std::vector<std::string>& texts) {
  std::string made;
  for (const auto& text : texts) made += (made.empty() ? "" : " or ") + text;
  return made;
}

std::string text_of(const limit_number& of) {
  value shown_as;
  if (of.whole)
    shown_as.data = *of.whole;
  else
    shown_as.data = of.number;
  return to_display(shown_as);
}

std::string text_of(const condition& of) {
  std::string made;
  const auto add = [&](const std::string& text) { made += (made.empty() ? "" : "; ") + text; };
  if (!of.name.empty()) add("name is " + alternatives(of.name));
  for (const auto& [tag, patterns] : of.tags) add("tag " + tag + " is " + alternatives(patterns));
  std::string limits;
  const auto limit = [&](const char* words, const std::optional<limit_number>& number) {
    if (number) limits += (limits.empty() ? " is " : " and ") + std::string{words} + " " + text_of(*number);
  };
  limit("above", of.above);
  limit("at least", of.at_least);
  limit("below", of.below);
  limit("at most", of.at_most);
  if (of.equals) {
    limits += limits.empty() ? " is " : " and ";
    if (const auto* truth = std::get_if<bool>(&*of.equals))
      limits += *truth ? "true" : "false";
    else if (const auto* number = std::get_if<limit_number>(&*of.equals))
      limits += text_of(*number);
    else
      limits += in_quotes(std::get<std::string>(*of.equals));
  }
  if (!of.field.empty()) add("field " + alternatives(of.field) + (limits.empty() ? " is there" : limits));
  return made;
}

}  // namespace

std::vector<condition> check_conditions(const value& checked, const node& given, const std::string& path,
                                        diagnostics& said) {
  std::vector<condition> all;
  if (checked.is_null()) return all;
  const auto* items = std::get_if<value::list>(&checked.data);
  if (items == nullptr) {
    all.push_back(one_of(checked, given, path, said));
    return all;
  }
  for (std::size_t index = 0; index < items->size(); ++index)
    if (!(*items)[index].is_null())
      all.push_back(one_of((*items)[index], given.items[index], child_path(path, index), said));
  return all;
}

std::string to_text(const std::vector<condition>& one_of) {
  std::string made;
  for (const auto& each : one_of) made += (made.empty() ? "" : ", or ") + text_of(each);
  return made;
}

}  // namespace tidegate::config
