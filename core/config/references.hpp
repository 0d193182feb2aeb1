// References in string values: ${env:NAME}, ${env:NAME:-default}, ${file:PATH}, ${credential:NAME}.
//
// They are expanded after the YAML was parsed, so that what they bring in cannot change the structure of the
// file. `$${` stands for a literal `${`; every other `$` for itself. The result is not expanded again.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace tidegate::config {

struct expanded {
  std::string text;
  bool hidden = false;  // came from a credential or a file: not to be shown
  std::string problem;  // why a reference could not be resolved; the text is empty then
};

bool has_reference(std::string_view text);

// Relative paths of ${file:PATH} are resolved against `base`. With `secret` the problem shows nothing of
// the text but names of variables, files and credentials.
expanded expand(std::string_view text, const std::filesystem::path& base, bool secret);

}  // namespace tidegate::config
