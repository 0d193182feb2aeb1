// Opens shared libraries. The one place that knows Boost.DLL.
#pragma once

#include <filesystem>
#include <string>

#include "tidegate/abi.h"

namespace tidegate::plugin {

// The file's entry function; null, with a phrase in `problem` that completes "the file ...", if it cannot be
// loaded. All symbols are bound at once and stay its own. A library that was opened is never closed: its
// code may be on the stack of a thread, or in a destructor that runs at exit.
tidegate_plugin_entry open_library(const std::filesystem::path& file, std::string& problem);

}  // namespace tidegate::plugin
