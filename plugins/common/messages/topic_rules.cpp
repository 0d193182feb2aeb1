#include "messages/topic_rules.hpp"

#include <algorithm>

#include "tidegate/error.hpp"

namespace tidegate::messages {
namespace {

bool begins_with(std::string_view text, std::string_view head) { return text.substr(0, head.size()) == head; }

// Those that a device may publish to: rules (Basic Ingest), shadows, jobs, Device Defender, provisioning.
bool is_reserved_of_aws(std::string_view topic) {
  if (!begins_with(topic, "$")) return false;
  for (const std::string_view open :
       {"$aws/rules/", "$aws/things/", "$aws/certificates/", "$aws/provisioning-templates/"})
    if (begins_with(topic, open) && topic.size() > open.size()) return false;
  return true;
}

// AWS does not count the rule's name of Basic Ingest.
std::string_view counted_part(std::string_view topic, const topic_rules& rules) {
  constexpr std::string_view head = "$aws/rules/";
  if (!rules.is_aws || !begins_with(topic, head)) return topic;
  const auto end = topic.find('/', head.size());
  return end == std::string_view::npos ? topic : topic.substr(end + 1);
}

std::string limit_text(std::string_view topic, std::size_t is, std::size_t limit, const char* unit) {
  const auto shown = topic.size() > 64 ? std::string{topic.substr(0, 64)} + "..." : std::string{topic};
  return "topic '" + shown + "' has " + std::to_string(is) + " " + unit + ", of which " +
         std::to_string(limit) + " are allowed; shorten it";
}

}  // namespace

std::optional<std::string> problem_of_topic(std::string_view topic, const topic_rules& rules) {
  if (topic.empty()) return "the topic is empty; begin it with a fixed text";
  if (topic.find_first_of("+#") != std::string_view::npos || topic.find('\0') != std::string_view::npos)
    return "topic '" + std::string{topic} + "' holds '+', '#' or NUL, which no topic may";
  if (rules.is_aws && is_reserved_of_aws(topic))
    return "topic '" + std::string{topic} +
           "' is reserved: AWS IoT Core closes the connection of whoever publishes to it; begin it without "
           "'$', or use basic_ingest";
  const auto counted = counted_part(topic, rules);
  if (counted.size() > rules.bytes_max) return limit_text(counted, counted.size(), rules.bytes_max, "bytes");
  const auto slashes = static_cast<std::size_t>(std::count(counted.begin(), counted.end(), '/'));
  if (slashes > rules.slashes_max) return limit_text(counted, slashes, rules.slashes_max, "slashes");
  return std::nullopt;
}

std::string basic_ingest_prefix(std::string_view rule) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  if (rule.empty() || rule.size() > 128 || rule.find_first_not_of(allowed) != std::string_view::npos)
    throw configuration_error("basic_ingest", "'" + std::string{rule} +
                                                  "' is no name of a rule: those have letters, digits and "
                                                  "'_' only");
  return "$aws/rules/" + std::string{rule} + "/";
}

}  // namespace tidegate::messages
