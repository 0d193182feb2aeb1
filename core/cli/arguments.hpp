// The command line: what every command understands of it.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace tidegate::cli {

// Exit codes, as sysexits.h has them.
constexpr int exit_ok = 0;
constexpr int exit_usage = 64;
constexpr int exit_unavailable = 69;
constexpr int exit_software = 70;
constexpr int exit_configuration = 78;

struct arguments {
  std::vector<std::filesystem::path> files;         // -c, may repeat; a file or a folder
  std::vector<std::filesystem::path> plugin_paths;  // --plugin-path, may repeat
  bool use_default = false;                         // --default: the configuration built into the program
  bool help = false;
  std::vector<std::string> operands;
};

// A command line that cannot be understood: one sentence.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Of what stands behind the command's name. Throws usage_error.
arguments parse(int count, const char* const* words);

}  // namespace tidegate::cli
