#include "listing.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <tuple>

#include "file_system.hpp"

namespace tidegate::file_sink {
namespace {

struct close_folder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};
using open_folder = std::unique_ptr<DIR, close_folder>;

class lister {
 public:
  explicit lister(const path_pattern& pattern) : pattern_{pattern} {}

  // `relative` is empty or ends with a slash. Takes the descriptor over.
  void visit(int folder, const std::string& relative, std::size_t level) {
    const open_folder opened{::fdopendir(folder)};
    if (!opened) {
      ::close(folder);
      return;
    }
    while (const auto* entry = ::readdir(opened.get())) {
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      struct stat found {};
      if (::fstatat(folder, entry->d_name, &found, AT_SYMLINK_NOFOLLOW) != 0) continue;
      if (level < pattern_.levels() && S_ISDIR(found.st_mode)) descend(folder, relative + name, level);
      if (level == pattern_.levels() && S_ISREG(found.st_mode)) add(relative + name, found);
    }
  }
  std::vector<own_file> take() {
    std::sort(files_.begin(), files_.end(), [](const own_file& a, const own_file& b) {
      return std::tie(a.modified, a.path) < std::tie(b.modified, b.path);
    });
    return std::move(files_);
  }

 private:
  void descend(int parent, const std::string& relative, std::size_t level) {
    if (!pattern_.is_own_folder(relative)) return;
    const auto folder =
        ::openat(parent, name_of("/" + relative).c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder >= 0) visit(folder, relative + "/", level + 1);
  }
  void add(const std::string& relative, const struct stat& found) {
    const auto name = pattern_.recognise(relative);
    if (!name) return;
    const auto& fixed = pattern_.fixed_folder();
    files_.push_back({(fixed == "/" ? "" : fixed) + "/" + relative, *name,
                      static_cast<std::uint64_t>(found.st_size), modified_at(found)});
  }

  const path_pattern& pattern_;
  std::vector<own_file> files_;
};

}  // namespace

std::vector<own_file> list_own_files(const path_pattern& pattern) {
  const auto folder = ::open(pattern.fixed_folder().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0 && errno == ENOENT) return {};
  if (folder < 0) throw failure("read the folder", pattern.fixed_folder());
  lister all{pattern};
  all.visit(folder, {}, 1);
  return all.take();
}

}  // namespace tidegate::file_sink
