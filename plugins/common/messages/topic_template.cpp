#include "messages/topic_template.hpp"

#include <algorithm>

#include "tidegate/error.hpp"

namespace tidegate::messages {
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

static std::string_view checked(std::string_view text, const std::string& option) {
  const auto shown = "'" + std::string{text} + "'";
  if (text.empty()) throw configuration_error(option, "must not be empty; name the topic to publish to");
  if (!is_mqtt_text(text))
    throw configuration_error(option, shown + " holds a control character, or is not UTF-8");
  return text;
}

topic_template::topic_template(std::string_view text, const topic_identity& identity,
                               const std::string& option, std::string_view prefix)
    : text_template{checked(text, option), identity, option, &append_confined, prefix} {
  if (fixed_part().find_first_of("+#") != std::string::npos)
    throw configuration_error(
        option,
        "'" + std::string{text} + "' holds '+' or '#', which are for subscribing only; name one topic");
}

}  // namespace tidegate::messages
