#include "cli/session.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "cli/default_configuration.hpp"
#include "config/load.hpp"

namespace tidegate::cli {

namespace files = std::filesystem;

namespace {

constexpr const char* system_file = "/etc/tidegate/tidegate.yaml";
constexpr const char* system_folder = "/etc/tidegate/conf.d";

std::vector<files::path> split_paths(const char* list) {
  std::vector<files::path> paths;
  std::string rest = list;
  for (std::size_t colon; !rest.empty(); rest = colon == std::string::npos ? "" : rest.substr(colon + 1)) {
    colon = rest.find(':');
    if (const auto path = rest.substr(0, colon); !path.empty()) paths.emplace_back(path);
  }
  return paths;
}

// One that somebody names must have a file; the system's, which a package makes, need not.
bool has_configuration(const files::path& folder) {
  std::error_code failed;
  for (files::directory_iterator at{folder, failed}; !failed && at != files::directory_iterator{};
       at.increment(failed))
    if (const auto name = at->path().filename().string();
        !name.starts_with('.') && (name.ends_with(".yaml") || name.ends_with(".yml")))
      return true;
  return false;
}

// The command line, then the environment, then the configuration, then where a build or a package has them.
std::vector<files::path> plugin_folders(const arguments& given, const std::vector<files::path>& configured) {
  if (!given.plugin_paths.empty()) return given.plugin_paths;
  if (const char* list = std::getenv("TIDEGATE_PLUGIN_PATH"); list != nullptr && *list != '\0')
    return split_paths(list);
  if (!configured.empty()) return configured;
  std::error_code failed;
  const auto program = files::read_symlink("/proc/self/exe", failed);
  if (!failed && files::is_directory(program.parent_path() / "plugins", failed))
    return {program.parent_path() / "plugins"};
  return {TIDEGATE_PLUGIN_FOLDER};
}

}  // namespace

std::vector<files::path> chosen_files(const arguments& given) {
  if (given.use_default || !given.files.empty()) return given.files;
  std::vector<files::path> found;
  std::error_code ignored;
  if (files::exists(system_file, ignored)) found.emplace_back(system_file);
  if (has_configuration(system_folder)) found.emplace_back(system_folder);
  return found;
}

static config::document read(const std::vector<files::path>& chosen, config::diagnostics& said) {
  return chosen.empty() ? config::load_text(default_configuration, "(built-in)", said)
                        : config::load(chosen, said);
}

session open_session(const arguments& given, config::diagnostics& said) {
  session opened;
  const auto chosen = chosen_files(given);
  opened.origin = chosen.empty() ? "the built-in configuration" : chosen.front().string();
  const auto document = read(chosen, said);
  opened.plugins = std::make_unique<plugin::catalogue>(plugin_folders(given, document.plugin_paths()));
  opened.configuration = config::check(document, *opened.plugins, said);
  return opened;
}

std::optional<config::gateway> read_again(const arguments& given, plugin::catalogue& plugins,
                                          config::diagnostics& said) {
  return config::check(read(chosen_files(given), said), plugins, said);
}

std::unique_ptr<plugin::catalogue> open_catalogue(const arguments& given) {
  std::vector<files::path> configured;
  if (!given.files.empty()) {
    config::diagnostics unused;
    configured = config::load(given.files, unused).plugin_paths();
  }
  return std::make_unique<plugin::catalogue>(plugin_folders(given, configured));
}

bool print(const config::diagnostics& said) {
  for (const auto& each : said.sorted()) std::fprintf(stderr, "%s\n", config::to_string(each).c_str());
  return said.has_errors();
}

}  // namespace tidegate::cli
