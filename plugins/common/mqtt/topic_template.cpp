#include "mqtt/topic_template.hpp"

#include <algorithm>

#include "tidegate/error.hpp"

namespace tidegate::mqtt {
namespace {

// The length of the UTF-8 sequence that begins the text, 0 if none does.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  const auto first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t index = 1; index < length; ++index)
    if ((byte(index) & 0xc0) != 0x80) return 0;
  const auto second = byte(1);
  const bool is_overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool is_beyond = (first == 0xed && second >= 0xa0) || (first == 0xf4 && second >= 0x90);
  return is_overlong || is_beyond ? 0 : length;
}

bool is_control(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) return first < 0x20 || first == 0x7f;
  return first == 0xc2 && static_cast<unsigned char>(sequence[1]) < 0xa0;
}

bool leaves_its_level(char c) { return c == '/' || c == '+' || c == '#'; }

}  // namespace

void append_confined(std::string& topic, std::string_view value) {
  while (!value.empty()) {
    const auto length = sequence_length(value);
    const auto sequence = value.substr(0, std::max<std::size_t>(length, 1));
    const bool begins_reserved = topic.empty() && value[0] == '$';
    if (length == 0 || is_control(sequence) || leaves_its_level(value[0]) || begins_reserved)
      topic += '_';
    else
      topic += sequence;
    value.remove_prefix(sequence.size());
  }
}

bool is_mqtt_text(std::string_view text) {
  while (!text.empty()) {
    const auto length = sequence_length(text);
    if (length == 0 || is_control(text.substr(0, length))) return false;
    text.remove_prefix(length);
  }
  return true;
}

topic_template::topic_template(std::string_view text, const topic_identity& identity,
                               const std::string& option, std::string_view prefix) {
  const auto shown = "'" + std::string{text} + "'";
  if (text.empty()) throw configuration_error(option, "must not be empty; name the topic to publish to");
  if (!is_mqtt_text(text))
    throw configuration_error(option, shown + " holds a control character, or is not UTF-8");
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
      throw configuration_error(option,
                                shown + " has a brace without its partner; write '{{' or '}}' for a brace");
    add_placeholder(text.substr(1, end - 1), identity, option);
    text.remove_prefix(end + 1);
  }
  const auto fixed = fixed_part();
  if (fixed.find_first_of("+#") != std::string::npos)
    throw configuration_error(option,
                              shown + " holds '+' or '#', which are for subscribing only; name one topic");
}

void topic_template::add_literal(std::string_view text) {
  if (text.empty()) return;
  if (parts_.empty() || parts_.back().what != kind::literal) parts_.push_back({});
  parts_.back().text += text;
}

void topic_template::add_placeholder(std::string_view inside, const topic_identity& identity,
                                     const std::string& option) {
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
  } else if (inside == "gateway" || inside == "client_id") {
    std::string value;
    for (const auto& each : parts_) value += each.text;  // so that a first '$' is seen
    const auto before = value.size();
    append_confined(value, inside == "gateway" ? identity.gateway : identity.client_id);
    return add_literal(std::string_view{value}.substr(before));
  } else if (inside.substr(0, tags.size()) == tags && inside.size() > tags.size()) {
    made.what = kind::tag;
    made.text = inside.substr(tags.size());
  } else {
    throw configuration_error(option, "'{" + std::string{inside} +
                                          "}' is no placeholder; there are {name}, {gateway}, {client_id} "
                                          "and {tags.KEY}");
  }
  parts_.push_back(std::move(made));
}

bool topic_template::append(std::string& topic, const sample_view& sample,
                            std::string_view& missing_tag) const {
  const auto series = sample.series();
  for (const auto& each : parts_) {
    if (each.what == kind::literal) {
      topic += each.text;
    } else if (each.what == kind::name) {
      append_confined(topic, series.name());
    } else {
      const auto value = series.tag(each.text).value_or(std::string_view{});
      if (value.empty() && !each.is_optional) {
        missing_tag = each.text;
        return false;
      }
      append_confined(topic, value.empty() ? std::string_view{each.otherwise} : value);
    }
  }
  return true;
}

std::string topic_template::fixed_part() const {
  std::string all;
  for (const auto& each : parts_)
    if (each.what == kind::literal) all += each.text;
  return all;
}

bool topic_template::is_constant() const {
  return std::all_of(parts_.begin(), parts_.end(),
                     [](const part& each) { return each.what == kind::literal; });
}

}  // namespace tidegate::mqtt
