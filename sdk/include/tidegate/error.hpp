// Errors of a plugin written in C++. Throw one from any function of a component; it becomes a status and
// a text at the plugin's boundary. Anything else that is thrown counts as a bug.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "tidegate/abi.h"

namespace tidegate {

class error : public std::runtime_error {
 public:
  error(tidegate_status status, const std::string& text, std::string option = {})
      : std::runtime_error{text}, option_{std::move(option)}, status_{status} {}
  tidegate_status status() const noexcept { return status_; }
  // The path of the option that is wrong, or empty.
  const std::string& option() const noexcept { return option_; }

 private:
  std::string option_;
  tidegate_status status_;
};

// The operator has to change an option. Only while an instance is created.
inline error configuration_error(std::string option, const std::string& text) {
  return {TIDEGATE_ERROR_CONFIGURATION, text, std::move(option)};
}
// May pass by itself: the host tries again, with back-off.
inline error temporary(const std::string& text) { return {TIDEGATE_ERROR_TEMPORARY, text}; }
// Will not pass by itself.
inline error permanent(const std::string& text) { return {TIDEGATE_ERROR_PERMANENT, text}; }
// Must not happen: a contract was broken.
inline error bug(const std::string& text) { return {TIDEGATE_ERROR_BUG, text}; }

}  // namespace tidegate
