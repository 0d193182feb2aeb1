// tidegate plugin list | show NAME | sample NAME | schema
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "config/editor_schema.hpp"
#include "config/message.hpp"

namespace tidegate::cli {

namespace {

void print_problems(const plugin::catalogue& plugins) {
  for (const auto& each : plugins.problems()) std::fprintf(stderr, "tidegate: %s\n", each.problem.c_str());
}

std::vector<const plugin::component*> sorted_components(plugin::catalogue& plugins) {
  auto all = plugins.all();
  std::sort(all.begin(), all.end(), [](const auto* a, const auto* b) {
    return a->kind != b->kind ? a->kind < b->kind : a->name < b->name;
  });
  return all;
}

int list(plugin::catalogue& plugins) {
  const auto all = sorted_components(plugins);
  std::printf("%-10s %-14s %-8s %s\n", "KIND", "NAME", "VERSION", "PURPOSE");
  for (const auto* each : all)
    std::printf("%-10s %-14s %-8s %s\n", std::string{config::to_string(each->kind)}.c_str(),
                each->name.c_str(), each->plugin_version.c_str(), each->summary.c_str());
  print_problems(plugins);
  return exit_ok;
}

// All components of that name: a source and a sink may share it.
std::vector<const plugin::component*> named(plugin::catalogue& plugins, const std::string& name) {
  auto all = sorted_components(plugins);
  std::vector<std::string> names;
  for (const auto* each : all) names.push_back(each->name);
  std::erase_if(all, [&](const auto* each) { return each->name != name; });
  if (!all.empty()) return all;
  print_problems(plugins);
  const auto near = config::nearest(name, names);
  std::fprintf(stderr, "tidegate: no plugin offers '%s'%s; 'tidegate plugin list' shows what there is\n",
               name.c_str(), near.empty() ? "" : ("; did you mean '" + near + "'?").c_str());
  return all;
}

int show(plugin::catalogue& plugins, const std::string& name) {
  const auto found = named(plugins, name);
  for (const auto* each : found)
    std::printf("%s %s: %s\nfrom %s (%s %s)\n\n%s\n", std::string{config::to_string(each->kind)}.c_str(),
                each->name.c_str(), each->summary.c_str(), each->file.c_str(), each->plugin_name.c_str(),
                each->plugin_version.c_str(), each->schema.describe().c_str());
  return found.empty() ? exit_unavailable : exit_ok;
}

int sample(plugin::catalogue& plugins, const std::string& name) {
  const auto found = named(plugins, name);
  // Without quotes, YAML takes the word for "nothing".
  const auto written = name == "null" ? "\"null\"" : name;
  for (const auto* each : found) {
    const char* room = each->kind == config::component_kind::source ? "sources" : "sinks";
    if (each->kind == config::component_kind::processor) {
      std::printf("# one of a pipeline's steps\nprocess:\n  - plugin: %s\n%s", written.c_str(),
                  each->schema.sample().c_str());
    } else {
      std::printf("%s:\n  %s:\n    plugin: %s\n%s", room, written.c_str(), written.c_str(),
                  each->schema.sample().c_str());
    }
  }
  return found.empty() ? exit_unavailable : exit_ok;
}

int schema(plugin::catalogue& plugins) {
  std::vector<config::offered_component> all;
  for (const auto* each : sorted_components(plugins))
    all.push_back({each->kind, each->name, each->summary, each->schema, plugin::traits_of(*each)});
  std::printf("%s\n", config::editor_schema(all).c_str());
  print_problems(plugins);
  return exit_ok;
}

}  // namespace

int plugin(const arguments& given) {
  const auto& words = given.operands;
  if (words.empty()) throw usage_error{"needs one of: list, show NAME, sample NAME, schema"};
  const bool names_one = words[0] == "show" || words[0] == "sample";
  if (!names_one && words[0] != "list" && words[0] != "schema")
    throw usage_error{"has no '" + words[0] + "'; one of: list, show NAME, sample NAME, schema"};
  if (words.size() != (names_one ? 2 : 1))
    throw usage_error{words[0] + (names_one ? " takes one name" : " takes no operand")};

  const auto plugins = open_catalogue(given);
  if (words[0] == "show") return show(*plugins, words[1]);
  if (words[0] == "sample") return sample(*plugins, words[1]);
  return words[0] == "schema" ? schema(*plugins) : list(*plugins);
}

}  // namespace tidegate::cli
