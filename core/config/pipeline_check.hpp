// The check of pipelines: what they name, their steps and their buffers.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "config/gateway.hpp"
#include "config/instance_check.hpp"
#include "config/node.hpp"

namespace tidegate::config {

// The sources or the sinks of the files, whether they are right or not.
struct declared_names {
  std::map<std::string, position> places;
  std::map<std::string, bool> used;
  bool complete = true;  // else a name that is not here may stand in what could not be read

  void add(const std::string& name, const position& where);
};

// Checks pipelines one after the other against the names that the files declare.
class pipeline_checker {
 public:
  pipeline_checker(declared_names& sources, declared_names& sinks, const check_context& with)
      : sources_{sources}, sinks_{sinks}, with_{with} {}

  std::optional<pipeline> check(const std::string& name, const std::string& path, const node& given);

  // Warns of sources and sinks that no pipeline uses; not if a pipeline was wrong, which may have meant them.
  void warn_of_unused() const;

 private:
  std::vector<std::string> names(const value& checked, std::string_view key, const std::string& path);
  bool resolve(const value& name, std::string_view key, const std::string& path);
  std::vector<instance> steps(const std::string& name, const std::string& path, const node& given);

  declared_names& sources_;
  declared_names& sinks_;
  check_context with_;
  bool all_right_ = true;
};

}  // namespace tidegate::config
