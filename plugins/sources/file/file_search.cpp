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

void take_error(const std::string& folder, int error, std::string& problem) {
  if (error != ENOENT && error != ENOTDIR && problem.empty())
    problem = "cannot look into " + folder + ": " + std::strerror(error);
}

// What glob() complains of; it has no pointer for the callback.
thread_local std::string* glob_problem = nullptr;

int take_glob_error(const char* path, int error) {
  take_error(path, error, *glob_problem);
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

std::optional<found_file> look_at(const std::string& path, std::string& problem) {
  struct stat is {};
  if (::stat(path.c_str(), &is) != 0) {
    if (errno != ENOENT && errno != ENOTDIR && problem.empty())
      problem = "cannot look at " + path + ": " + std::strerror(errno);
    return std::nullopt;
  }
  if (!S_ISREG(is.st_mode)) return std::nullopt;
  return found_file{path,
                    {is.st_dev, is.st_ino},
                    static_cast<std::uint64_t>(is.st_size),
                    is.st_mtim.tv_sec * 1'000'000'000 + is.st_mtim.tv_nsec};
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
  std::set<file_identity> known;
  for (const auto& pattern : paths_)
    for (const auto& path : expand(pattern, 0, problem)) {
      if (is_excluded(path)) continue;
      auto file = look_at(path, problem);
      if (file && known.insert(file->identity).second) made.push_back(std::move(*file));
    }
  return made;
}

bool file_search::is_gone(const std::string& path, file_identity identity, std::string& problem) {
  std::string because;
  const auto now = look_at(path, because);
  if (problem.empty()) problem = because;
  return because.empty() && (!now || now->identity != identity);
}

std::vector<std::string> file_search::folders() const {
  std::vector<std::string> made;
  std::set<std::string> known;
  std::string ignored;
  for (const auto& pattern : paths_)
    for (auto& folder : expand(folder_of(pattern), GLOB_ONLYDIR, ignored))
      if (known.insert(folder).second) made.push_back(std::move(folder));
  return made;
}

std::vector<found_file> file_search::find_in_folders(const std::set<std::uint64_t>& numbers,
                                                     std::string& problem) const {
  std::vector<found_file> made;
  for (const auto& folder : folders()) {
    auto* const opened = ::opendir(folder.c_str());
    if (opened == nullptr) {
      take_error(folder, errno, problem);
      continue;
    }
    while (const auto* entry = ::readdir(opened))
      if (numbers.contains(entry->d_ino))
        if (auto file = look_at(join(folder, entry->d_name), problem)) made.push_back(std::move(*file));
    ::closedir(opened);
  }
  return made;
}

}  // namespace tidegate::file_source
