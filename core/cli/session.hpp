// From the command line to a checked configuration with its plugins: what most commands begin with.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "cli/arguments.hpp"
#include "config/diagnostics.hpp"
#include "config/gateway.hpp"
#include "plugin/catalogue.hpp"

namespace tidegate::cli {

struct session {
  std::unique_ptr<plugin::catalogue> plugins;  // outlives everything made of it
  std::optional<config::gateway> configuration;
  std::string origin;  // what was read, for messages: "gateway.yaml" or "the built-in configuration"
};

// The configuration files of the command line; else the system's; else none, which means the built-in one.
std::vector<std::filesystem::path> chosen_files(const arguments& given);

// Diagnostics go to `said`; without errors there is a configuration.
session open_session(const arguments& given, config::diagnostics& said);

// The same again for a gateway that runs, with the plugins that it has loaded: see session::origin.
std::optional<config::gateway> read_again(const arguments& given, plugin::catalogue& plugins,
                                          config::diagnostics& said);

// A catalogue for commands that need no configuration.
std::unique_ptr<plugin::catalogue> open_catalogue(const arguments& given);

// To standard error, a line each. Whether there was an error.
bool print(const config::diagnostics& said);

}  // namespace tidegate::cli
