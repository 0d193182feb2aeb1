// tidegate: the program. Which command is which; everything else stands in the command's own file.
#include <malloc.h>

#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/spool_help.hpp"
#include "cli/test_help.hpp"
#include "config/message.hpp"

namespace {

using namespace tidegate::cli;

struct command {
  std::string_view name;
  int (*function)(const arguments&);
  std::string_view usage;
  std::string_view purpose;
  option_group options = option_group::gateway;
  std::string_view details = {};  // for its own --help
};

constexpr command commands[] = {
    {"run", run, "run [-c FILE]... [--default]", "run the gateway"},
    {"check", check, "check [-c FILE]... [--default]",
     "say whether a configuration is right, touching no device and no network"},
    {"graph", graph, "graph [-c FILE]... [--format text|dot|mermaid]",
     "print how sources, pipelines and sinks hang together", option_group::graph},
    {"explain", explain, "explain [-c FILE]... SOURCE",
     "say where the samples of a source go, and what is done with them"},
    {"test", test, "test [-c FILE]... [SOURCE]... | -f TESTS...",
     "read each source once and print its samples, or run tests of pipelines; nothing is sent",
     option_group::test, test_help},
    {"plugin", plugin, "plugin list | show NAME | sample NAME | schema",
     "what plugins there are, and their options"},
    {"spool", spool, "spool ls|show|verify|export|replay|drop [OPTION]...",
     "what waits on disk; tidegate spool --help tells more", option_group::spool, spool_help},
    {"reload", reload, "reload [-c FILE]... [--plan]",
     "make the gateway that runs what its configuration says now; with --plan, say what would change",
     option_group::reload},
    {"version", version, "version", "the versions of program, plugin ABI and libraries"},
};

void print_usage(std::FILE* to) {
  std::fputs("usage: tidegate COMMAND [OPTION]...\n\n", to);
  for (const auto& each : commands) std::fprintf(to, "  %-48s %s\n", each.usage.data(), each.purpose.data());
  std::fputs(
      "\noptions:\n"
      "  -c, --config FILE      a configuration file, or a folder of *.yaml; may repeat\n"
      "                         (default: /etc/tidegate/tidegate.yaml and /etc/tidegate/conf.d)\n"
      "      --default          the configuration built into the program: CPU and memory\n"
      "                         into a local file, shown live\n"
      "      --plugin-path DIR  where plugins are looked for; may repeat\n"
      "                         (default: $TIDEGATE_PLUGIN_PATH, then the configuration's plugins.paths)\n"
      "  -h, --help             this text\n",
      to);
}

void print_help(const command& of) {
  if (of.details.empty())
    std::printf("usage: tidegate %s\n\n%s\n", of.usage.data(), of.purpose.data());
  else
    std::fputs(of.details.data(), stdout);
}

int fail_usage(const std::string& text, const std::string& help = "tidegate --help") {
  std::fprintf(stderr, "tidegate: %s; see '%s'\n", text.c_str(), help.c_str());
  return exit_usage;
}

const command* find(std::string_view name) {
  if (name == "validate") name = "check";
  for (const auto& each : commands)
    if (each.name == name) return &each;
  return nullptr;
}

int dispatch(int count, char** words) {
  if (count < 2) {
    print_usage(stderr);
    return exit_usage;
  }
  const std::string_view name = words[1];
  if (name == "-h" || name == "--help" || name == "help") {
    print_usage(stdout);
    return exit_ok;
  }
  if (name == "--version" || name == "-V") return version({});
  const auto* chosen = find(name);
  if (chosen == nullptr) {
    std::vector<std::string> names;
    for (const auto& each : commands) names.emplace_back(each.name);
    const auto near = tidegate::config::nearest(name, names);
    return fail_usage("unknown command '" + std::string{name} + "'" +
                      (near.empty() ? "" : "; did you mean '" + near + "'?"));
  }
  try {
    const auto given = parse(count - 2, words + 2, chosen->options);
    if (given.help) {
      print_help(*chosen);
      return exit_ok;
    }
    return chosen->function(given);
  } catch (const usage_error& wrong) {
    const std::string own_name{chosen->name};
    const auto help = chosen->details.empty() ? "tidegate --help" : "tidegate " + own_name + " --help";
    return fail_usage(own_name + ": " + wrong.what(), help);
  }
}

}  // namespace

int main(int count, char** words) {
  // A thread for each instance must not mean an arena for each: they allocate rarely.
  ::mallopt(M_ARENA_MAX, 2);
  try {
    return dispatch(count, words);
  } catch (const std::exception& unexpected) {
    std::fprintf(stderr, "tidegate: unexpected: %s; please report this\n", unexpected.what());
    return exit_software;
  }
}
