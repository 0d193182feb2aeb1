// From files to a checked configuration. See gateway.hpp for the two steps.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/gateway.hpp"

namespace tidegate::config {

// The merged, unchecked content of all files, with positions. Movable; hides the YAML library.
class document {
 public:
  document();
  ~document();
  document(document&&) noexcept;
  document& operator=(document&&) noexcept;

  // Where plugins are looked for, as the files say; empty if they say nothing.
  std::vector<std::filesystem::path> plugin_paths() const;

  struct content;  // load.cpp's own
  const content& inside() const { return *content_; }

 private:
  friend document load(const std::vector<std::filesystem::path>&, diagnostics&);
  friend document load_text(std::string_view, std::string, diagnostics&);
  std::unique_ptr<content> content_;
};

// Reads files and folders (their *.yaml and *.yml in the order of their names). The same name twice, in
// whichever files, is an error that names both places. Never throws for what is in the files.
document load(const std::vector<std::filesystem::path>& files, diagnostics& said);

// The same for a text at hand: the embedded default, tests.
document load_text(std::string_view yaml, std::string name, diagnostics& said);

// Checks everything and reports all that is wrong. Nothing is returned if there was an error, here or
// before.
std::optional<gateway> check(const document& files, component_schemas& schemas, diagnostics& said);

}  // namespace tidegate::config
