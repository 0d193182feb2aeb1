// The topic of a sample: a text_template whose values cannot leave their level.
//
// '/', '+', '#', control characters and what is not UTF-8 become '_' in a value, and so does a '$' that would
// begin the topic. Which levels a topic has, and what it begins with, is therefore said by the configuration
// alone.
#pragma once

#include <string>
#include <string_view>

#include "messages/text_template.hpp"

namespace tidegate::messages {

using topic_identity = template_identity;

// Appends the value as a part of one level of a topic.
void append_confined(std::string& topic, std::string_view value);
// Whether the text is UTF-8 as MQTT wants it: no NUL, no control characters, no surrogates.
bool is_mqtt_text(std::string_view text);

class topic_template : public text_template {
 public:
  // Throws tidegate::error, configuration, of `option`.
  topic_template(std::string_view text, const topic_identity& identity, const std::string& option,
                 std::string_view prefix = {});
};

}  // namespace tidegate::messages
