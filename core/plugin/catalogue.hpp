// Finds plugins, checks them before a line of their code runs, and opens those that are used.
//
//   catalogue (folders) --find--> component (name, schema, functions) --instance::create--> instance
//
// A sink `aws-iot` is looked for in `aws-iot.so` (or `aws_iot.so`) of the configured folders first, or in
// `aws-iot-sink.so` if there is that; only if it is not there are the other files opened to ask them. What
// was opened stays open.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/gateway.hpp"
#include "config/schema.hpp"
#include "tidegate/abi.h"

namespace tidegate::plugin {

// One component of an opened plugin; lives as long as the catalogue. Read only.
struct component {
  config::component_kind kind;
  std::string name;
  std::string summary;
  config::schema schema;
  std::filesystem::path file;
  std::string plugin_name;
  std::string plugin_version;
  // One of them is set, by kind.
  const tidegate_source* source = nullptr;
  const tidegate_processor* processor = nullptr;
  const tidegate_sink* sink = nullptr;
};

// Of a source; of other kinds nothing.
config::source_traits traits_of(const component& of);

// A file that looks like a plugin and cannot be used: one sentence that names the mend.
struct unusable {
  std::filesystem::path file;
  std::string problem;
};

// One thread at a time.
class catalogue final : public config::component_schemas {
 public:
  explicit catalogue(std::vector<std::filesystem::path> folders);
  ~catalogue() override;

  // config::component_schemas
  found find(config::component_kind kind, const std::string& name) override;

  // The component that find() found, or null.
  const component* get(config::component_kind kind, const std::string& name);

  // Opens every plugin of the folders.
  std::vector<const component*> all();
  // What could not be used, as far as it was looked at.
  const std::vector<unusable>& problems() const;

 private:
  struct content;
  std::unique_ptr<content> content_;
};

}  // namespace tidegate::plugin
