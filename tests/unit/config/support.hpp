// What the tests of the configuration share.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/editor_schema.hpp"
#include "config/load.hpp"
#include "config/message.hpp"
#include "config/schema.hpp"

namespace tidegate::config {

using lines = std::vector<std::string>;

inline lines messages(const diagnostics& said) {
  lines all;
  for (const auto& each : said.sorted()) all.push_back(to_string(each));
  return all;
}

inline schema parsed(const std::string& json) {
  std::string problem;
  auto made = schema::parse(json, {}, problem);
  EXPECT_EQ(problem, "");
  return made;
}

// Components that need no plugin.
class fake_components final : public component_schemas {
 public:
  fake_components() {
    add(component_kind::source, "cpu",
        R"({"properties": {"per_core": {"type": "boolean", "default": false}}})", {.polled = true});
    add(component_kind::source, "clock",
        R"({"properties": {"interval": {"type": "string", "unit": "duration", "default": "5s"}}})",
        {.polled = true});
    add(component_kind::source, "generate", R"({"properties": {}})");
    add(component_kind::source, "serial", R"({"properties": {}})", {.lossy = true});
    add(component_kind::processor, "deadband",
        R"({"properties": {"field": {"type": "string"}, "within": {"type": "number", "default": 0}}, "required": ["field"]})");
    add(component_kind::sink, "console", R"({"properties": {}})");
    add(component_kind::sink, "file",
        R"({"properties": {"path": {"type": "string", "unit": "path", "required": true}}})");
    add(component_kind::sink, "http", R"({"properties": {
      "url": {"type": "string", "default": "http://localhost"},
      "password": {"type": "string", "secret": true},
      "batch": {"properties": {"max_samples": {"type": "integer", "default": 500, "maximum": 1000}}},
      "retry": {"properties": {"jitter": {"type": "boolean", "default": true}}, "default": {}}}})");
  }

  void add(component_kind kind, std::string name, const std::string& options, source_traits source = {}) {
    offered.push_back({kind, std::move(name), "A component", parsed(options), source});
  }

  found find(component_kind kind, const std::string& plugin) override {
    for (const auto& each : offered)
      if (each.kind == kind && each.name == plugin) return {&each.schema, each.source, {}};
    return {nullptr, {}, "no plugin offers a " + std::string{to_string(kind)} + " '" + plugin + "'"};
  }

  std::vector<offered_component> offered;
};

// What check() makes of a text called gw.yaml.
struct outcome {
  std::optional<gateway> made;
  lines said;
};

inline outcome check_text(const std::string& yaml) {
  diagnostics said;
  const auto files = load_text(yaml, "gw.yaml", said);
  fake_components components;
  auto made = check(files, components, said);
  return {std::move(made), messages(said)};
}

// A folder that is gone after the test.
class folder {
 public:
  folder() {
    std::string name = std::filesystem::temp_directory_path() / "tidegate-config-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    const auto file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file, std::ios::binary} << text;
    return file;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// An environment variable for the time of a test; null removes it.
class variable {
 public:
  variable(std::string name, const char* value) : name_{std::move(name)} {
    if (const char* old = getenv(name_.c_str())) before_ = old;
    set(value);
  }
  ~variable() { set(before_ ? before_->c_str() : nullptr); }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;

 private:
  void set(const char* value) {
    if (value != nullptr)
      setenv(name_.c_str(), value, 1);
    else
      unsetenv(name_.c_str());
  }
  std::string name_;
  std::optional<std::string> before_;
};

}  // namespace tidegate::config
