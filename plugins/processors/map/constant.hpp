// A value that stands in the configuration; and values as text.
#pragma once

#include <string>

#include "series/plain_value.hpp"
#include "tidegate/options.hpp"

namespace tidegate::map {

using series::plain_value;

// Owns its text; from an option of type boolean, integer, number or string.
class constant {
 public:
  explicit constant(const options& given);
  plain_value value() const noexcept;

 private:
  plain_value plain_;
  std::string text_;
};

// Appends the value as text: true, 21.5, 21 for 21.0.
void append_text(std::string& to, const plain_value& value);

}  // namespace tidegate::map
