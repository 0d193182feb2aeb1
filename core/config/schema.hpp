// What options a component has, from the JSON text that its plugin declares (sdk/OPTIONS.md).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.hpp"
#include "config/value.hpp"

namespace tidegate::config {

struct node;

// The options of one component. Immutable, cheap to copy, may be read from any thread.
class schema {
 public:
  // `references` maps names used as {"$ref": "tidegate:encoding"} to schema texts. On error the schema is
  // empty and `problem` says what is wrong with the text, and where in it.
  static schema parse(std::string_view json,
                      const std::vector<std::pair<std::string, std::string>>& references,
                      std::string& problem);

  schema();

  // Turns a map node of the file into checked options, defaults filled in. `path` is what option paths
  // in messages begin with. Keys in `except` are the host's own and skipped.
  value check(const node& options, const std::string& path, const std::vector<std::string>& except,
              diagnostics& said) const;

  // The schema with references resolved, as a JSON Schema for editors (an object's text), and the
  // pieces that `plugin show` and `plugin sample` print.
  std::string json_schema() const;
  std::string describe() const;  // a table for a terminal: option, type, default, description
  std::string sample() const;    // YAML, indented by 4: required options plain, others commented out
  bool has(std::string_view option) const;

  struct content;
  const content& inside() const { return *content_; }

 private:
  std::shared_ptr<const content> content_;
};

}  // namespace tidegate::config
