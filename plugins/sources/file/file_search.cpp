#include "file_search.hpp"

#include <dirent.h>
#include <fnmatch.h>
#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace tidegate::file_source {
namespace {

// What glob() complains of; it has no pointer for the callback.
thread_local std::string* glob_problem = nullptr;

int take_glob_error(const char* path, int error) {
  if (error != ENOENT && error != ENOTDIR && glob_problem->empty())
    *glob_problem = std::string{"cannot look into "} + path + ": " + std::strerror(error);
  return 0;
}

std::vector<std::string> expand(const std::string& pattern, int flags, std::string& problem) {
  glob_t found{};
  glob_problem = &problem;
  std::vector<std::string> made;
  if (::glob(pattern.c_str(), flags, take_glob_error, &found) == 0)
    made.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  return made;
}

std::optional<file_identity> identity_of(const std::string& path, std::string& problem) {
  struct stat is {};
  if (::stat(path.c_str(), &is) != 0) {
    if (errno != ENOENT && errno != ENOTDIR && problem.empty())
      problem = "cannot look at " + path + ": " + std::strerror(errno);
    return std::nullopt;
  }
  if (!S_ISREG(is.st_mode)) return std::nullopt;
  return file_identity{is.st_dev, is.st_ino};
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

std::string join(const std::string& folder, const char* name) {
  return (folder == "/" ? folder : folder + "/") + name;
}

}  // namespace

file_search::file_search(std::vector<std::string> paths, std::vector<std::string> exclude)
    : paths_{std::move(paths)}, exclude_{std::move(exclude)} {}

bool file_search::is_excluded(const std::string& path) const {
  return std::any_of(exclude_.begin(), exclude_.end(), [&](const std::string& pattern) {
    const bool is_whole = pattern.find('/') != pattern.npos;
    const auto* compared = is_whole ? path.c_str() : path.c_str() + path.rfind('/') + 1;
    return ::fnmatch(pattern.c_str(), compared, FNM_PATHNAME) == 0;
  });
}

std::vector<found_file> file_search::find(std::string& problem) const {
  std::vector<found_file> made;
  for (const auto& pattern : paths_)
    for (auto& path : expand(pattern, 0, problem)) {
      if (is_excluded(path)) continue;
      const auto identity = identity_of(path, problem);
      if (!identity || std::any_of(made.begin(), made.end(),
                                   [&](const auto& other) { return other.identity == *identity; }))
        continue;
      made.push_back({std::move(path), *identity});
    }
  return made;
}

bool file_search::is_gone(const std::string& path, file_identity identity, std::string& problem) {
  std::string because;
  const auto now = identity_of(path, because);
  if (problem.empty()) problem = because;
  return because.empty() && now != identity;
}

std::vector<std::string> file_search::folders() const {
  std::vector<std::string> made;
  std::string ignored;
  for (const auto& pattern : paths_)
    for (auto& folder : expand(folder_of(pattern), GLOB_ONLYDIR, ignored))
      if (std::find(made.begin(), made.end(), folder) == made.end()) made.push_back(std::move(folder));
  return made;
}

std::vector<found_file> file_search::find_in_folders(const std::vector<file_identity>& wanted) const {
  std::vector<found_file> made;
  std::string ignored;
  for (const auto& folder : folders()) {
    auto* const opened = ::opendir(folder.c_str());
    if (opened == nullptr) continue;
    while (const auto* entry = ::readdir(opened)) {
      const bool is_wanted = std::any_of(wanted.begin(), wanted.end(),
                                         [&](const auto& each) { return each.number == entry->d_ino; });
      if (!is_wanted) continue;
      auto path = join(folder, entry->d_name);
      if (const auto identity = identity_of(path, ignored)) made.push_back({std::move(path), *identity});
    }
    ::closedir(opened);
  }
  return made;
}

}  // namespace tidegate::file_source
