// Which device file is meant.
#pragma once

#include <filesystem>
#include <string>

#include "serial/settings.hpp"

namespace tidegate::serial {

// The path of the port that the settings mean; throws tidegate::error (temporary) when it is not there. The
// folders are those of the kernel, but for tests.
std::string find_device(const settings& of, const std::filesystem::path& sys = "/sys/class/tty",
                        const std::filesystem::path& dev = "/dev");

}  // namespace tidegate::serial
