// The seam to the operating system, as the program uses it.
#pragma once

#include <filesystem>
#include <memory>
#include <system_error>

#include "spool/folder.hpp"

namespace tidegate::spool {

// Opens a folder, and makes it (for owner and group alone) where it is missing.
std::error_code open_posix_folder(const std::filesystem::path& path, std::unique_ptr<folder>& opened);

// Opens one that is there, and its files only to read them, which needs no other right: what a
// read_only_folder stands before.
std::error_code open_posix_folder_to_read(const std::filesystem::path& path, std::unique_ptr<folder>& opened);

}  // namespace tidegate::spool
