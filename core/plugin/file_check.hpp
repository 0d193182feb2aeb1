// Whether a file may be opened as a plugin: opening one runs it, with the daemon's rights.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace tidegate::plugin {

struct file_rules {
  // Canonical. A plugin lies directly in one of them; so does what a symbolic link leads to.
  std::vector<std::filesystem::path> folders;
  // The account whose files are trusted, beside root.
  uid_t user = 0;
};

// A phrase that completes "the file ..." and names the mend; empty if the file is a regular one that root or
// the user owns and nobody else may write, in a folder of which the same holds.
std::string check_file(const std::filesystem::path& file, const file_rules& rules);

}  // namespace tidegate::plugin
