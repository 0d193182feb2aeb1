// One plugin from its file to its components: all checks in their order.
#pragma once

#include <filesystem>
#include <string>

#include "plugin/descriptor.hpp"
#include "plugin/file_check.hpp"

namespace tidegate::plugin {

// False, with one sentence in `problem` that begins with the file's path and names the mend. Code of the
// file runs only after everything that can be checked without was found good.
bool open_plugin(const std::filesystem::path& file, const file_rules& rules, descriptor& made,
                 std::string& problem);

}  // namespace tidegate::plugin
