// The topic of a sample, from a text such as "Ubuntu/{name}/{tags.site:-none}".
//
//   {name}           the name of the series
//   {tags.KEY}       a tag; {tags.KEY:-text} has the text where a sample has no such tag, or an empty one
//   {gateway}        the gateway's id
//   {client_id}      the client id of this sink
//   {{ and }}        a brace
//
// A value cannot leave its place: '/', '+', '#', control characters and what is not UTF-8 become '_' in it,
// and so does a '$' that would begin the topic. Which levels a topic has, and what it begins with, is
// therefore said by the configuration alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidegate/batch.hpp"

namespace tidegate::mqtt {

struct topic_identity {
  std::string gateway;
  std::string client_id;
};

// Appends the value as a part of one level of a topic.
void append_confined(std::string& topic, std::string_view value);
// Whether the text is UTF-8 as MQTT wants it: no NUL, no control characters, no surrogates.
bool is_mqtt_text(std::string_view text);

// Immutable; any thread.
class topic_template {
 public:
  // Throws tidegate::error, configuration, of `option`. `prefix` is put before it as it is.
  topic_template(std::string_view text, const topic_identity& identity, const std::string& option,
                 std::string_view prefix = {});

  // Appends the topic. False: the sample lacks the tag that `missing_tag` then names; it is valid as long as
  // the template lives.
  bool append(std::string& topic, const sample_view& sample, std::string_view& missing_tag) const;

  // What is fixed: every level, with nothing for the values.
  std::string fixed_part() const;
  // Whether all samples have the same topic.
  bool is_constant() const;

 private:
  enum class kind { literal, name, tag };
  struct part {
    kind what = kind::literal;
    std::string text;  // of a literal; the key of a tag
    std::string otherwise;
    bool is_optional = false;
  };

  void add_literal(std::string_view text);
  void add_placeholder(std::string_view inside, const topic_identity& identity, const std::string& option);

  std::vector<part> parts_;
};

}  // namespace tidegate::mqtt
