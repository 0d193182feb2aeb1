#include "config/load.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <system_error>

#include "config/document.hpp"
#include "config/host_options.hpp"
#include "config/message.hpp"
#include "config/utf8.hpp"
#include "config/yaml.hpp"

namespace tidegate::config {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t file_bytes_max = 4 * 1024 * 1024;

position at_file(const fs::path& file) { return {std::make_shared<const std::string>(file.string()), 0, 0}; }

// The file's bytes; nothing, and the reason in `problem`, if they cannot be had.
std::optional<std::string> read(const fs::path& file, std::string& problem) {
  std::ifstream stream{file, std::ios::binary};
  if (!stream) {
    problem = std::string{"cannot be read: "} + std::strerror(errno);
    return std::nullopt;
  }
  std::string text(file_bytes_max + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (stream.bad()) problem = std::string{"cannot be read: "} + std::strerror(errno);
  if (text.size() > file_bytes_max)
    problem = "is larger than 4MiB, too large for a configuration; is it the right file?";
  return problem.empty() ? std::optional{std::move(text)} : std::nullopt;
}

// What the YAML library would misread, or read for long.
bool is_text(std::string_view text, const position& file, diagnostics& said) {
  if (const auto zero = text.find('\0'); zero != std::string_view::npos) {
    said.error(file, {},
               "is not a text file (byte " + std::to_string(zero) + " is zero); is it the right file?");
    return false;
  }
  const auto wrong = invalid_utf8(text);
  if (wrong == std::string_view::npos) return true;
  const auto before = text.substr(0, wrong);
  const auto line = std::count(before.begin(), before.end(), '\n');
  const auto line_start = before.rfind('\n') + 1;  // 0 if there is none
  said.error({file.file, static_cast<int>(line) + 1, static_cast<int>(wrong - line_start) + 1}, {},
             "is not valid UTF-8 here; save the file as UTF-8");
  return false;
}

bool is_yaml_name(const fs::path& file) {
  const auto name = file.filename().string();
  return !name.starts_with('.') && (file.extension() == ".yaml" || file.extension() == ".yml");
}

// The YAML files of a folder, by name.
std::vector<fs::path> files_of(const fs::path& folder, diagnostics& said) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (fs::directory_iterator entry{folder, failed}, end; !failed && entry != end; entry.increment(failed)) {
    std::error_code unknown;
    if (is_yaml_name(entry->path()) && !entry->is_directory(unknown)) files.push_back(entry->path());
  }
  if (failed) {
    said.error(at_file(folder), {}, "cannot be read: " + failed.message());
    return {};
  }
  if (files.empty()) said.error(at_file(folder), {}, "the folder holds no *.yaml or *.yml file");
  std::sort(files.begin(), files.end());
  return files;
}

// Joins the trees of the files.
class merger {
 public:
  merger(document::content& into, diagnostics& said) : into_{into}, said_{said} {
    into_.root.type = node::kind::map;
  }

  void add_file(const fs::path& file) {
    const auto where = at_file(file);
    if (!files_.insert(identity(file)).second)
      return said_.error(where, {},
                         "is given twice; name each file once (the files of a folder are read with it)");
    note(where);
    std::string problem;
    if (const auto text = read(file, problem)) return add_text(*text, where);
    into_.incomplete = true;
    said_.error(where, {}, problem);
  }

  void add_text(std::string_view text, const position& where) {
    note(where);
    auto tree = is_text(text, where, said_) ? parse_yaml(text, where.file, said_) : std::nullopt;
    if (!tree) {
      into_.incomplete = true;
    } else if (tree->type == node::kind::map) {
      for (auto& section : tree->entries) add_section(std::move(section));
    } else if (tree->type != node::kind::null) {
      into_.incomplete = true;
      said_.error(tree->where, {},
                  std::string{"the file must be a map with sources, sinks and pipelines; this is "} +
                      (tree->type == node::kind::list ? "a list" : "a text"));
    }
  }

 private:
  static std::string identity(const fs::path& file) {
    std::error_code unknown;
    const auto real = fs::canonical(file, unknown);
    return unknown ? file.string() : real.string();
  }

  // What is missing as a whole is reported at the first file.
  void note(const position& where) {
    if (into_.root.where.file) return;
    into_.root.where = where;
    into_.root.named = where;
  }

  void add_section(node::entry section) {
    for (auto& known : into_.root.entries)
      if (known.key == section.key && can_join(known.value) && can_join(section.value))
        return join(known, section);
    into_.root.entries.push_back(std::move(section));
  }

  static bool can_join(const node& section) {
    return section.type == node::kind::map || section.type == node::kind::null;
  }

  void join(node::entry& known, node::entry& section) {
    if (section.value.type == node::kind::null) return;
    if (known.value.type == node::kind::null) {
      known = std::move(section);
      return;
    }
    auto& entries = known.value.entries;
    std::set<std::string, std::less<>> names;
    for (const auto& entry : entries) names.insert(entry.key);
    for (auto& entry : section.value.entries) {
      if (names.count(entry.key) == 0) {
        entries.push_back(std::move(entry));
        continue;
      }
      said_.error(entry.where, child_path(section.key, entry.key),
                  "is written twice; the first is at " + to_string(known.value.find(entry.key)->where) +
                      "; remove one of them");
    }
  }

  document::content& into_;
  diagnostics& said_;
  std::set<std::string> files_;
};

}  // namespace

document::document() : content_{std::make_unique<content>()} {}
document::~document() = default;
document::document(document&&) noexcept = default;
document& document::operator=(document&&) noexcept = default;

std::vector<fs::path> document::plugin_paths() const {
  std::vector<fs::path> paths;
  diagnostics unheard;  // check() says it again
  for (const auto& section : content_->root.entries) {
    if (section.key != "plugins") continue;
    const auto checked =
        check_option(*file_options().find("plugins"), section.value, section.key, {}, unheard);
    const auto* list = checked.find("paths");
    if (list == nullptr || !std::holds_alternative<value::list>(list->data)) continue;
    for (const auto& path : list->items())
      if (std::holds_alternative<std::string>(path.data)) paths.emplace_back(path.text());
  }
  return paths;
}

document load(const std::vector<fs::path>& files, diagnostics& said) {
  document made;
  merger all{*made.content_, said};
  for (const auto& file : files) {
    std::error_code unknown;
    if (!fs::is_directory(file, unknown)) {
      all.add_file(file);
      continue;
    }
    const auto inside = files_of(file, said);
    made.content_->incomplete = made.content_->incomplete || inside.empty();
    for (const auto& each : inside) all.add_file(each);
  }
  return made;
}

document load_text(std::string_view yaml, std::string name, diagnostics& said) {
  document made;
  merger{*made.content_, said}.add_text(yaml, {std::make_shared<const std::string>(std::move(name)), 0, 0});
  return made;
}

}  // namespace tidegate::config
