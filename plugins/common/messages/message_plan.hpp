// Which samples of a delivery go to which topic (or URL), and how they become payloads that are small enough.
//
// Samples of one topic keep their order; they need not be neighbours in the delivery, so that CPU and memory,
// which come in turn, still make one message each. Nothing is copied but indices.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/compression.hpp"
#include "messages/text_template.hpp"
#include "messages/topic_rules.hpp"
#include "tidegate/host.hpp"

namespace tidegate::messages {

struct topic_group {
  std::string topic;
  std::vector<tidegate_slice> slices;
  std::vector<std::uint32_t> indices;  // in the delivery, of each sample of the slices
  std::uint32_t size() const { return static_cast<std::uint32_t>(indices.size()); }
};

struct message_plan {
  std::vector<topic_group> groups;
  std::vector<std::uint32_t> rejected;  // ascending: samples that have no topic
  std::string reason;                   // of the first of them
};

// What is wrong with a topic, with the mend; nothing if it may be used.
using topic_check = std::function<std::optional<std::string>(std::string_view topic)>;

// The delivery outlives the plan.
message_plan plan_messages(const delivery& of, const text_template& topics, const topic_check& check);
inline message_plan plan_messages(const delivery& of, const text_template& topics, const topic_rules& rules) {
  return plan_messages(of, topics, [&](std::string_view topic) { return problem_of_topic(topic, rules); });
}

struct message_limits {
  std::uint32_t samples_max = 1;
  std::size_t bytes_max = 128 * 1024;  // of a payload, after compression
  bool may_be_raised = true;           // by whoever writes the configuration
};

// One payload, or why a single sample cannot become one. Valid until the maker is used again.
struct made_message {
  std::uint32_t count = 0;  // of samples that are in it
  std::string_view payload;
  std::string problem;  // not empty: this one sample is to be rejected
};

// One thread at a time.
class message_maker {
 public:
  // Throws tidegate::error of class configuration.
  message_maker(const sink_host& host, const options& encoding, const message_limits& limits, compression how)
      : encoder_{host, encoding}, limits_{limits}, how_{how} {}

  // As many samples of the group from `first` on as fit into one payload, and at most `count_max`. Throws
  // tidegate::error, temporary.
  made_message make(const topic_group& of, std::uint32_t first, std::uint32_t count_max);
  std::string_view content_type() const { return encoder_.content_type(); }
  bool is_text() const { return encoder_.is_text(); }
  // What the broker takes, if that is less than what is configured.
  void limit_bytes(std::size_t broker_max) { broker_bytes_max_ = broker_max; }

 private:
  std::size_t bytes_max() const { return std::min(limits_.bytes_max, broker_bytes_max_); }
  bool is_raisable() const { return limits_.may_be_raised && limits_.bytes_max < broker_bytes_max_; }
  std::uint32_t likely_count(std::uint32_t available) const;
  std::uint32_t smaller(std::uint32_t count, std::size_t size) const;
  std::string_view encode(const topic_group& of, std::uint32_t first, std::uint32_t count);

  encoder encoder_;
  message_limits limits_;
  compression how_;
  std::size_t broker_bytes_max_ = SIZE_MAX;
  std::size_t bytes_a_sample_ = 0;  // of the last payload
  std::string compressed_;
};

}  // namespace tidegate::messages
