// A text for each sample, from one such as "Ubuntu/{name}/{tags.site:-none}".
//
//   {name}           the name of the series
//   {tags.KEY}       a tag; {tags.KEY:-text} has the text where a sample has no such tag, or an empty one
//   {gateway}        the gateway's id
//   {client_id}      the client id of this sink, if it has one
//   {{ and }}        a brace
//
// A value is put in by a function that keeps it within its place, so that what the text is a name of (a level
// of a topic, a segment of a URL) is said by the configuration alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidegate/batch.hpp"

namespace tidegate::messages {

struct template_identity {
  std::string gateway;
  std::string client_id;  // empty: there is none
};

// Immutable; any thread.
class text_template {
 public:
  // Appends the value to the text before it, confined to its place.
  using put_value = void (*)(std::string& text, std::string_view value);

  // Throws tidegate::error, configuration, of `option`. `prefix` is put before it as it is.
  text_template(std::string_view text, const template_identity& identity, std::string option,
                put_value confined, std::string_view prefix = {});

  // Appends the text. False: the sample lacks the tag that `missing_tag` then names; it is valid as long as
  // the template lives.
  bool append(std::string& to, const sample_view& sample, std::string_view& missing_tag) const;

  // What is fixed: all of the text, with nothing for the values.
  std::string fixed_part() const;
  // Whether all samples have the same text.
  bool is_constant() const;
  // The option that the template stands in.
  const std::string& option() const { return option_; }

 private:
  enum class kind { literal, name, tag };
  struct part {
    kind what = kind::literal;
    std::string text;  // of a literal; the key of a tag
    std::string otherwise;
    bool is_optional = false;
  };

  void add_literal(std::string_view text);
  void add_placeholder(std::string_view inside, const template_identity& identity);

  std::string option_;
  put_value confined_;
  std::vector<part> parts_;
};

}  // namespace tidegate::messages
