// The command line: what every command understands of it.
#pragma once

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace tidegate::cli {

// Exit codes, as sysexits.h has them.
constexpr int exit_ok = 0;
constexpr int exit_usage = 64;
constexpr int exit_damaged = 65;  // EX_DATAERR
constexpr int exit_failed_tests = exit_damaged;
constexpr int exit_unavailable = 69;
constexpr int exit_software = 70;
constexpr int exit_configuration = 78;

// Which options a command has, besides --config and --help.
enum class option_group { gateway, graph, reload, test, spool };

// What `tidegate spool` understands.
struct spool_arguments {
  std::optional<std::filesystem::path> path;  // --path: the folder
  bool json = false;
  bool all = false;
  bool yes = false;
  std::optional<std::string> before;
  std::optional<std::string> encoding;
  std::optional<std::filesystem::path> output;
};

struct arguments {
  std::vector<std::filesystem::path> files;         // -c, may repeat; a file or a folder
  std::vector<std::filesystem::path> plugin_paths;  // --plugin-path, may repeat
  bool use_default = false;                         // --default: the configuration built into the program
  std::string format = "text";                      // --format of graph
  std::vector<std::filesystem::path> test_files;    // --file of test, may repeat
  bool plan = false;                                // --plan of reload
  bool help = false;
  std::vector<std::string> operands;
  spool_arguments spool;
  std::vector<std::string> options;  // the long names of those that were given
};

// A command line that cannot be understood: one sentence.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Of what stands behind the command's name. Throws usage_error.
arguments parse(int count, const char* const* words, option_group group);

}  // namespace tidegate::cli
