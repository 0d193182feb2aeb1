#include "plugin/catalogue.hpp"

#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "config/message.hpp"
#include "plugin/plugin_file.hpp"

namespace tidegate::plugin {

namespace files = std::filesystem;

namespace {

struct opened_file {
  files::path file;  // in the folder as it was configured
  descriptor offers;
};

std::string who_is(config::component_kind kind, const std::string& name) {
  return std::string{config::to_string(kind)} + " '" + name + "'";
}

std::string with_underscores(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

// As given, for messages; each real folder once.
std::vector<files::path> distinct(const std::vector<files::path>& folders, std::vector<files::path>& real) {
  std::vector<files::path> kept;
  for (const auto& folder : folders) {
    std::error_code failed;
    auto path = files::canonical(folder, failed);
    if (failed) path = files::absolute(folder, failed);
    if (std::find(real.begin(), real.end(), path) != real.end()) continue;
    real.push_back(path);
    kept.push_back(folder);
  }
  return kept;
}

}  // namespace

struct catalogue::content {
  std::vector<files::path> folders;
  file_rules rules;
  std::vector<unusable> problems;
  std::list<opened_file> opened;
  std::vector<files::path> looked_at;  // by real path; what is opened and what is unusable

  explicit content(const std::vector<files::path>& configured) {
    rules.user = ::geteuid();
    folders = distinct(configured, rules.folders);
  }

  // Opens the file unless that was done before.
  void look_at(const files::path& file) {
    std::error_code failed;
    auto real = files::canonical(file, failed);
    if (failed) real = file;
    if (std::find(looked_at.begin(), looked_at.end(), real) != looked_at.end()) return;
    looked_at.push_back(real);
    opened_file made{file, {}};
    std::string problem;
    if (open_plugin(file, rules, made.offers, problem)) {
      report_repeated(made);
      opened.push_back(std::move(made));
    } else {
      problems.push_back({file, problem});
    }
  }

  void report_repeated(const opened_file& added) {
    for (const auto& each : added.offers.components)
      if (const auto* other = first(each.kind, each.name))
        problems.push_back({added.file, added.file.string() + ": offers " + who_is(each.kind, each.name) +
                                            ", as " + other->file.string() + " does; remove one of the two"});
  }

  void look_at_everything() {
    for (const auto& folder : folders) look_at_folder(folder);
  }

  void look_at_folder(const files::path& folder) {
    std::error_code failed;
    std::vector<files::path> found;
    for (files::directory_iterator each{folder, failed}, end; !failed && each != end; each.increment(failed))
      if (each->path().extension() == ".so") found.push_back(each->path());
    if (failed &&
        std::none_of(problems.begin(), problems.end(), [&](const auto& each) { return each.file == folder; }))
      problems.push_back(
          {folder, folder.string() + ": the plugin folder cannot be read: " + failed.message()});
    std::sort(found.begin(), found.end());
    for (const auto& file : found) look_at(file);
  }

  // A source and a sink may have one name, but not one file: `file_source.so` comes before `file.so`.
  std::vector<files::path> files_of(config::component_kind kind, const std::string& name) const {
    auto found = files_named(name + "-" + std::string{config::to_string(kind)});
    if (found.empty()) found = files_named(name);
    return found;
  }

  std::vector<files::path> files_named(const std::string& name) const {
    std::vector<std::string> names{name};
    if (const auto other = with_underscores(name); other != name) names.push_back(other);
    std::vector<files::path> found;
    for (const auto& folder : folders)
      for (const auto& each : names) {
        std::error_code failed;
        const auto file = folder / (each + ".so");
        if (files::exists(files::symlink_status(file, failed))) found.push_back(file);
      }
    return found;
  }

  std::vector<const component*> offered(config::component_kind kind, const std::string& name) const {
    std::vector<const component*> found;
    for (const auto& file : opened)
      for (const auto& each : file.offers.components)
        if (each.kind == kind && each.name == name) found.push_back(&each);
    return found;
  }
  const component* first(config::component_kind kind, const std::string& name) const {
    const auto found = offered(kind, name);
    return found.empty() ? nullptr : found.front();
  }

  // Looks where the component's name leads, then everywhere.
  std::vector<const component*> search(config::component_kind kind, const std::string& name) {
    if (!is_file_name(name)) return {};
    for (const auto& file : files_of(kind, name)) look_at(file);
    auto found = offered(kind, name);
    if (!found.empty()) return found;
    look_at_everything();
    return offered(kind, name);
  }

  static bool is_file_name(const std::string& name) {
    return !name.empty() && name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
  }

  // Why a component is not there: the file that bears its name says it best.
  std::string why_missing(config::component_kind kind, const std::string& name) const {
    const auto named = files_of(kind, name);
    for (const auto& each : problems)
      if (std::find(named.begin(), named.end(), each.file) != named.end()) return each.problem;
    auto text = "no plugin offers a " + std::string{config::to_string(kind)} + " " + config::in_quotes(name);
    if (const auto* other = of_other_kind(kind, name)) {
      text += " (there is a " + std::string{config::to_string(other->kind)} + " of that name);";
    } else if (const auto near = config::nearest(name, names_of(kind)); !near.empty()) {
      text += "; did you mean '" + near + "'?";
    } else {
      text += ";";
    }
    text += " looked in " + folder_list();
    if (!problems.empty()) text += "; unusable: " + problems.front().problem;
    return text;
  }
  std::vector<std::string> names_of(config::component_kind kind) const {
    std::vector<std::string> names;
    for (const auto& file : opened)
      for (const auto& each : file.offers.components)
        if (each.kind == kind) names.push_back(each.name);
    return names;
  }
  const component* of_other_kind(config::component_kind kind, const std::string& name) const {
    for (const auto other :
         {config::component_kind::source, config::component_kind::processor, config::component_kind::sink})
      if (const auto* found = other == kind ? nullptr : first(other, name)) return found;
    return nullptr;
  }
  std::string folder_list() const {
    std::string text;
    for (const auto& folder : folders) text += (text.empty() ? "" : ", ") + folder.string();
    return text.empty() ? "no folder" : text;
  }
};

catalogue::catalogue(std::vector<files::path> folders) : content_{std::make_unique<content>(folders)} {}
catalogue::~catalogue() = default;

config::source_traits traits_of(const component& of) {
  if (of.source == nullptr) return {};
  return {of.source->poll != nullptr, of.source->flow == TIDEGATE_FLOW_LOSSY};
}

config::component_schemas::found catalogue::find(config::component_kind kind, const std::string& name) {
  const auto offers = content_->search(kind, name);
  if (offers.empty()) return {nullptr, {}, content_->why_missing(kind, name)};
  if (offers.size() > 1)
    return {nullptr,
            {},
            who_is(kind, name) + " is offered by both " + offers[0]->file.string() + " and " +
                offers[1]->file.string() + "; remove one of the two"};
  const auto& one = *offers.front();
  return {&one.schema, traits_of(one), {}};
}

const component* catalogue::get(config::component_kind kind, const std::string& name) {
  const auto offers = content_->search(kind, name);
  return offers.size() == 1 ? offers.front() : nullptr;
}

std::vector<const component*> catalogue::all() {
  content_->look_at_everything();
  std::vector<const component*> everything;
  for (const auto& file : content_->opened)
    for (const auto& each : file.offers.components) everything.push_back(&each);
  return everything;
}

const std::vector<unusable>& catalogue::problems() const { return content_->problems; }

}  // namespace tidegate::plugin
