#include "messages/text_template.hpp"

#include <algorithm>
#include <utility>

#include "tidegate/error.hpp"

namespace tidegate::messages {

text_template::text_template(std::string_view text, const template_identity& identity, std::string option,
                             put_value confined, std::string_view prefix)
    : option_{std::move(option)}, confined_{confined} {
  const auto shown = "'" + std::string{text} + "'";
  add_literal(prefix);
  while (!text.empty()) {
    const auto brace = std::min(text.find_first_of("{}"), text.size());
    add_literal(text.substr(0, brace));
    text.remove_prefix(brace);
    if (text.empty()) break;
    if (text.size() > 1 && text[1] == text[0]) {
      add_literal(text.substr(0, 1));
      text.remove_prefix(2);
      continue;
    }
    const auto end = text.find('}');
    if (text[0] == '}' || end == std::string_view::npos)
      throw configuration_error(option_,
                                shown + " has a brace without its partner; write '{{' or '}}' for a brace");
    add_placeholder(text.substr(1, end - 1), identity);
    text.remove_prefix(end + 1);
  }
}

void text_template::add_literal(std::string_view text) {
  if (text.empty()) return;
  if (parts_.empty() || parts_.back().what != kind::literal) parts_.push_back({});
  parts_.back().text += text;
}

void text_template::add_placeholder(std::string_view inside, const template_identity& identity) {
  constexpr std::string_view tags = "tags.";
  constexpr std::string_view otherwise = ":-";
  part made;
  if (const auto at = inside.find(otherwise); at != std::string_view::npos) {
    made.is_optional = true;
    made.otherwise = inside.substr(at + otherwise.size());
    inside = inside.substr(0, at);
  }
  if (inside == "name") {
    made.what = kind::name;
  } else if (inside == "gateway" || (inside == "client_id" && !identity.client_id.empty())) {
    std::string value;
    for (const auto& each : parts_) value += each.text;  // so that a first '$' is seen
    const auto before = value.size();
    confined_(value, inside == "gateway" ? identity.gateway : identity.client_id);
    return add_literal(std::string_view{value}.substr(before));
  } else if (inside.substr(0, tags.size()) == tags && inside.size() > tags.size()) {
    made.what = kind::tag;
    made.text = inside.substr(tags.size());
  } else {
    throw configuration_error(
        option_, "'{" + std::string{inside} + "}' is no placeholder; there are {name}, {gateway}" +
                     (identity.client_id.empty() ? "" : ", {client_id}") + " and {tags.KEY}");
  }
  parts_.push_back(std::move(made));
}

bool text_template::append(std::string& to, const sample_view& sample, std::string_view& missing_tag) const {
  const auto series = sample.series();
  for (const auto& each : parts_) {
    if (each.what == kind::literal) {
      to += each.text;
    } else if (each.what == kind::name) {
      confined_(to, series.name());
    } else {
      const auto value = series.tag(each.text).value_or(std::string_view{});
      if (value.empty() && !each.is_optional) {
        missing_tag = each.text;
        return false;
      }
      confined_(to, value.empty() ? std::string_view{each.otherwise} : value);
    }
  }
  return true;
}

std::string text_template::fixed_part() const {
  std::string all;
  for (const auto& each : parts_)
    if (each.what == kind::literal) all += each.text;
  return all;
}

bool text_template::is_constant() const {
  return std::all_of(parts_.begin(), parts_.end(),
                     [](const part& each) { return each.what == kind::literal; });
}

}  // namespace tidegate::messages
