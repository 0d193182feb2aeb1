// One value into another: by a table, or by number and type.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "constant.hpp"
#include "tidegate/options.hpp"

namespace tidegate::map {

// One thread at a time: a text that was made lies in it.
class conversion {
 public:
  // Throws tidegate::error, configuration.
  explicit conversion(const options& given);

  // Nothing where the value cannot become what it should be. A text is valid until the next call.
  std::optional<plain_value> apply(const plain_value& value);

 private:
  struct row {
    std::string text;
    std::optional<double> number;
    constant becomes;
  };
  std::optional<plain_value> look_up(const plain_value& value);
  std::optional<plain_value> to_type(const plain_value& value, tidegate::type wanted);

  std::vector<row> table_;
  std::optional<constant> otherwise_;
  std::optional<tidegate::type> type_;
  std::optional<double> scale_;
  std::optional<double> offset_;
  std::string text_;
};

}  // namespace tidegate::map
