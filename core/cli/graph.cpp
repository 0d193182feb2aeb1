// tidegate graph: how sources, pipelines and sinks hang together, for people and for programs that draw.
#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/session.hpp"
#include "config/message.hpp"

namespace tidegate::cli {

namespace {

using config::gateway;
using config::pipeline;

const char* buffer_of(const pipeline& of) {
  if (of.to.empty()) return "no buffer";
  return of.buffer.type == config::buffer_type::disk ? "disk" : "memory";
}

std::vector<std::string> steps_of(const pipeline& of) {
  std::vector<std::string> names;
  for (const auto& step : of.process) names.push_back(step.plugin);
  return names;
}

std::string joined(const std::vector<std::string>& texts, const char* between) {
  std::string made;
  for (const auto& text : texts) made += (made.empty() ? "" : between) + text;
  return made;
}

void print_text(const gateway& all) {
  for (const auto& each : all.pipelines) {
    auto from = each.from;
    from.insert(from.end(), each.from_pipelines.begin(), each.from_pipelines.end());
    for (const auto& sink : each.from_rejected) from.push_back(sink + ".rejected");
    std::printf("pipeline %s (%s)\n", each.name.c_str(), buffer_of(each));
    std::printf("  from     %s\n", joined(from, ", ").c_str());
    if (!each.when.empty()) std::printf("  when     %s\n", config::to_text(each.when).c_str());
    if (!each.process.empty()) std::printf("  process  %s\n", joined(steps_of(each), " -> ").c_str());
    if (!each.to.empty()) std::printf("  to       %s\n", joined(each.to, ", ").c_str());
    std::vector<std::string> readers;
    for (const auto& other : all.pipelines)
      if (std::find(other.from_pipelines.begin(), other.from_pipelines.end(), each.name) !=
          other.from_pipelines.end())
        readers.push_back(other.name);
    if (!readers.empty()) std::printf("  read by  %s\n", joined(readers, ", ").c_str());
  }
}

// What is drawn: nodes with an id that is no name, since names may have '-', and arrows between them.
struct drawing {
  enum class shape { source, pipeline, sink };
  struct node {
    std::string id;
    std::string name;
    std::string below;  // what else stands in it
    shape form;
  };
  struct arrow {
    std::string from;
    std::string to;
    bool is_rejected;
  };
  std::vector<node> nodes;
  std::vector<arrow> arrows;
};

drawing drawing_of(const gateway& all) {
  drawing made;
  std::map<std::string, std::string> sources;
  std::map<std::string, std::string> pipelines;
  std::map<std::string, std::string> sinks;
  const auto add = [&](auto& ids, const char* prefix, const std::string& name, std::string below,
                       drawing::shape form) {
    const auto id = prefix + std::to_string(ids.size() + 1);
    ids.emplace(name, id);
    made.nodes.push_back({id, name, std::move(below), form});
  };
  for (const auto& each : all.sources) add(sources, "source", each.name, each.plugin, drawing::shape::source);
  for (const auto& each : all.pipelines) {
    auto below = joined(steps_of(each), " > ");
    if (!each.when.empty())
      below = "when " + config::to_text(each.when) + (below.empty() ? "" : "; ") + below;
    add(pipelines, "pipeline", each.name, (below.empty() ? "" : below + "; ") + buffer_of(each),
        drawing::shape::pipeline);
  }
  for (const auto& each : all.sinks) add(sinks, "sink", each.name, each.plugin, drawing::shape::sink);
  for (const auto& each : all.pipelines) {
    const auto& own = pipelines.at(each.name);
    for (const auto& name : each.from) made.arrows.push_back({sources.at(name), own, false});
    for (const auto& name : each.from_pipelines) made.arrows.push_back({pipelines.at(name), own, false});
    for (const auto& name : each.from_rejected) made.arrows.push_back({sinks.at(name), own, true});
    for (const auto& name : each.to) made.arrows.push_back({own, sinks.at(name), false});
  }
  return made;
}

// Texts of a configuration are anybody's: what ends a text of the language, or begins a tag in it, must not
// stand there.
std::string for_dot(const std::string& text) {
  std::string made;
  for (const char letter : config::shown(text)) {
    if (letter == '"' || letter == '\\') made += '\\';
    made += letter;
  }
  return made;
}

std::string for_mermaid(const std::string& text) {
  std::string made;
  for (const char letter : config::shown(text)) {
    if (letter == '"')
      made += "#quot;";
    else if (letter == '<')
      made += "#lt;";
    else if (letter == '>')
      made += "#gt;";
    else if (letter == '#')
      made += "#35;";
    else
      made += letter;
  }
  return made;
}

void print_dot(const drawing& of) {
  std::puts("digraph tidegate {\n  rankdir=LR;");
  for (const auto& each : of.nodes) {
    const char* shape = each.form == drawing::shape::source     ? "ellipse"
                        : each.form == drawing::shape::pipeline ? "box"
                                                                : "cylinder";
    std::printf("  %s [shape=%s, label=\"%s\\n%s\"];\n", each.id.c_str(), shape, for_dot(each.name).c_str(),
                for_dot(each.below).c_str());
  }
  for (const auto& each : of.arrows)
    std::printf("  %s -> %s%s;\n", each.from.c_str(), each.to.c_str(),
                each.is_rejected ? " [style=dashed, label=\"rejected\"]" : "");
  std::puts("}");
}

void print_mermaid(const drawing& of) {
  std::puts("flowchart LR");
  for (const auto& each : of.nodes) {
    const char* open = each.form == drawing::shape::source     ? "(["
                       : each.form == drawing::shape::pipeline ? "["
                                                               : "[(";
    const char* close = each.form == drawing::shape::source     ? "])"
                        : each.form == drawing::shape::pipeline ? "]"
                                                                : ")]";
    std::printf("  %s%s\"%s<br>%s\"%s\n", each.id.c_str(), open, for_mermaid(each.name).c_str(),
                for_mermaid(each.below).c_str(), close);
  }
  for (const auto& each : of.arrows)
    std::printf("  %s %s %s\n", each.from.c_str(), each.is_rejected ? "-. rejected .->" : "-->",
                each.to.c_str());
}

}  // namespace

int graph(const arguments& given) {
  if (!given.operands.empty())
    throw usage_error{"takes no operand '" + given.operands.front() + "'; name the file with -c"};
  const std::vector<std::string> formats{"text", "dot", "mermaid"};
  if (std::find(formats.begin(), formats.end(), given.format) == formats.end())
    throw usage_error{"--format must be one of " + config::listed(formats) + "; this is " +
                      config::in_quotes(given.format)};
  config::diagnostics said;
  const auto opened = open_session(given, said);
  if (print(said)) return exit_configuration;
  if (given.format == "text")
    print_text(*opened.configuration);
  else if (given.format == "dot")
    print_dot(drawing_of(*opened.configuration));
  else
    print_mermaid(drawing_of(*opened.configuration));
  return exit_ok;
}

}  // namespace tidegate::cli
