// What a broker allows a topic to be: its length, its levels, and names that it keeps for itself.
//
// Checked twice: of the fixed part of a template when the configuration is read, where everything but the
// length is decided already, and of each topic before it is sent. Pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tidegate::messages {

struct topic_rules {
  std::size_t bytes_max = 65535;  // MQTT's own
  std::size_t slashes_max = 65535;
  bool is_aws = false;  // reserved topics are AWS's, and "$aws/rules/NAME/" does not count
};

inline constexpr topic_rules any_broker{};
inline constexpr topic_rules aws_iot_core{256, 7, true};

// What is wrong with the topic, with the mend; nothing if it may be published to.
std::optional<std::string> problem_of_topic(std::string_view topic, const topic_rules& rules);

// "$aws/rules/RULE/". Throws tidegate::error, configuration, of option basic_ingest if it is no name of a
// rule.
std::string basic_ingest_prefix(std::string_view rule);

}  // namespace tidegate::messages
