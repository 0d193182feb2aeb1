// tidegate spool ls | show | verify | export | replay | drop
#include <algorithm>
#include <cstdio>
#include <vector>

#include "cli/commands.hpp"
#include "cli/file_limit.hpp"
#include "cli/session.hpp"
#include "cli/spool_commands.hpp"
#include "codec/time.hpp"
#include "config/message.hpp"
#include "config/spool_section.hpp"
#include "spool/lock.hpp"
#include "spool/posix_folder.hpp"

namespace tidegate::cli {

namespace files = std::filesystem;

namespace {

struct subcommand {
  std::string_view name;
  int (*function)(const arguments&);
  std::size_t operands_min;
  std::size_t operands_max;
  std::vector<std::string_view> options;
};

const std::vector<subcommand>& subcommands() {
  static const std::vector<subcommand> all{
      {"ls", spool_ls, 0, 0, {"json"}},   {"show", spool_show, 0, 1, {}},
      {"verify", spool_verify, 0, 0, {}}, {"export", spool_export, 0, 1, {"all", "encoding", "output"}},
      {"replay", spool_replay, 0, 1, {}}, {"drop", spool_drop, 1, 1, {"all", "before", "yes"}},
  };
  return all;
}

const subcommand& subcommand_named(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& each : subcommands()) {
    if (each.name == name) return each;
    names.emplace_back(each.name);
  }
  throw usage_error{"has no " + config::in_quotes(name) + config::suggestion(name, names)};
}

void check_use(const subcommand& of, const arguments& given) {
  const auto count = given.operands.size() - 1;
  if (count < of.operands_min)
    throw usage_error{std::string{of.name} + " needs a route; 'tidegate spool ls' shows them"};
  if (count > of.operands_max)
    throw usage_error{std::string{of.name} + " takes no operand " + config::in_quotes(given.operands.back())};
  for (const auto& option : given.options) {
    if (option == "config" || option == "path") continue;
    if (std::find(of.options.begin(), of.options.end(), option) == of.options.end())
      throw usage_error{std::string{of.name} + " has no option --" + option};
  }
}

// Where the spool is; nothing, with what is wrong in `said`, if the configuration does not tell.
files::path spool_path(const arguments& given, config::diagnostics& said) {
  if (given.spool.path) return *given.spool.path;
  const auto document = config::load(chosen_files(given), said);
  return config::spool_of(document, said).path;
}

int fail(const std::string& text) {
  std::fprintf(stderr, "tidegate: %s\n", text.c_str());
  return exit_unavailable;
}

// Says what could not be opened. False if it is not for this user to open.
bool report_unopened(const looked_at& at) {
  for (const auto& file : at.seen.files) {
    if (!file.error) continue;
    const bool forbidden = file.error == std::errc::permission_denied;
    fail((at.path / file.name).string() + " cannot be read: " + file.error.message() +
         (forbidden ? "; run this as root, or as the user of the gateway" : ""));
    if (forbidden) return false;
  }
  return true;
}

}  // namespace

std::unique_ptr<looked_at> look(const arguments& given, int& code) {
  config::diagnostics said;
  auto made = std::make_unique<looked_at>();
  made->path = spool_path(given, said);
  if (print(said)) {
    fail("with --path DIR the configuration is not needed");
    code = exit_configuration;
    return nullptr;
  }
  code = exit_unavailable;
  raise_file_limit();
  if (const auto failed = spool::open_posix_folder_to_read(made->path, made->folder)) {
    fail(made->path.string() + " cannot be opened: " + failed.message() +
         "; name the folder with --path, or the configuration with -c");
    return nullptr;
  }
  made->holder = spool::lock::holder(guarded_by(made->path));
  made->seen = spool::inspect(*made->folder);
  if (!report_unopened(*made)) return nullptr;
  if (!made->seen.problem.empty()) {
    fail(made->path.string() + ": " + made->seen.problem);
    return nullptr;
  }
  if (made->seen.files.empty()) {
    fail("there is no spool in " + made->path.string() +
         "; name its folder with --path, or the configuration with -c");
    return nullptr;
  }
  code = exit_ok;
  return made;
}

// Dead letters lie below the spool, and whoever has that has them.
files::path guarded_by(const files::path& path) {
  std::error_code unknown;
  auto real = files::canonical(path, unknown);
  if (unknown) return path;
  return real.filename() == "dead-letters" ? real.parent_path() : real;
}

const spool::inspected_route& route_named(const spool::inspection& in, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& route : in.routes) {
    if (name == route.name() || name == route.pipeline + "/" + route.sink) return route;
    names.push_back(route.pipeline + "/" + route.sink);
  }
  throw usage_error{"there is no route " + config::in_quotes(name) +
                    (names.empty() ? "; the spool has none" : config::suggestion(name, names))};
}

int spool(const arguments& given) {
  if (given.operands.empty()) throw usage_error{"needs one of: ls, show, verify, export, replay, drop"};
  const auto& chosen = subcommand_named(given.operands.front());
  check_use(chosen, given);
  return chosen.function(given);
}

// ---- texts ---------------------------------------------------------------------------------------------

std::string time_text(std::int64_t utc) {
  constexpr int milliseconds = 3;
  static auto format = codec::time_format::by_pattern(
      codec::time_format::rfc3339_pattern(milliseconds, codec::zone::utc), codec::zone::utc);
  return std::string{format.at(utc)};
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::string_view units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < std::size(units); ++unit) value /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, unit != 0 && value < 99.95 ? "%.1f" : "%.0f", value);
  std::string made{text};
  if (made.ends_with(".0")) made.resize(made.size() - 2);
  return made.append(units[unit]);
}

std::string count_text(std::uint64_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string{what} + (count == 1 ? "" : "s");
}

std::string numbers_text(const spool::number_range& numbers) {
  const auto first = std::to_string(numbers.first);
  return numbers.end - numbers.first == 1 ? first : first + " to " + std::to_string(numbers.end - 1);
}

}  // namespace tidegate::cli
