// The check of pipelines: what they name, their steps and their buffers.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/gateway.hpp"
#include "config/instance_check.hpp"
#include "config/node.hpp"

namespace tidegate::config {

// The sources, the sinks or the pipelines of the files, whether they are right or not.
struct declared_names {
  std::vector<std::string> names;  // in the order of the files
  std::map<std::string, position> places;
  std::map<std::string, bool> used;
  bool complete = true;  // else a name that is not here may stand in what could not be read

  void add(const std::string& name, const position& where);
};

// Checks pipelines one after the other against the names that the files declare, then all of them together.
class pipeline_checker {
 public:
  pipeline_checker(declared_names& sources, declared_names& sinks, const declared_names& pipelines,
                   const check_context& with)
      : sources_{sources}, sinks_{sinks}, pipelines_{pipelines}, with_{with} {}

  std::optional<pipeline> check(const std::string& name, const std::string& path, const node& given);

  // After the last one: names that mean two things, pipelines that lead nowhere or in a circle, and a warning
  // of what no pipeline uses; not if a pipeline was wrong, which may have meant it.
  void check_together(const std::vector<pipeline>& all);
  void warn_of_unused() const;

 private:
  // One name as it stands in `from` or `to`.
  struct word {
    std::string text;
    position where;
    std::string path;
  };
  // A pipeline that reads another, or what a sink rejects.
  struct edge {
    std::string from;
    bool is_rejected;
    std::string to;
    position where;
    std::string path;
  };
  struct without_sinks {
    std::string name;
    std::string path;
    value checked;
  };
  std::vector<word> words(const value& checked, std::string_view key, const std::string& path);
  void take_from(const value& checked, const std::string& path, pipeline& into);
  bool take_one_from(const word& given, pipeline& into);
  std::vector<std::string> sources_that_fit(const word& pattern);
  std::string sink_that_rejects(std::string_view text) const;
  std::string unknown_from(const std::string& text, const std::string& reader) const;
  void take_to(const value& checked, const std::string& path, pipeline& into);
  std::string unknown_to(const std::string& text, const std::string& writer) const;
  std::vector<instance> steps(const std::string& name, const std::string& path, const node& given);

  void check_names() const;
  void check_ends();
  void check_circles(const std::vector<pipeline>& all);
  void warn_of_weak_branches(const std::vector<pipeline>& all) const;
  void report_circle(const std::string& reader, const std::string& read, const std::string& rejected_by,
                     const std::string& circle) const;

  declared_names& sources_;
  declared_names& sinks_;
  const declared_names& pipelines_;
  check_context with_;
  std::vector<edge> edges_;
  std::vector<without_sinks> ends_nowhere_;
  bool all_right_ = true;
};

}  // namespace tidegate::config
