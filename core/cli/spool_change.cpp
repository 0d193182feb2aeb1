// What commands that change a spool do first.
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/spool_commands.hpp"

namespace tidegate::cli {

// Files that root would make here the gateway could not open: from now on this is done as the folder's owner.
// What is wrong; empty if nothing is.
static std::string become_owner(const std::filesystem::path& folder) {
  struct stat found {};
  if (::stat(folder.c_str(), &found) < 0) return folder.string() + ": " + std::strerror(errno);
  if (::geteuid() != 0 || found.st_uid == 0) return {};
  if (::setgroups(0, nullptr) == 0 && ::setegid(found.st_gid) == 0 && ::seteuid(found.st_uid) == 0) return {};
  return "cannot act as the owner of " + folder.string() + " (user " + std::to_string(found.st_uid) +
         "): " + std::strerror(errno) + "; run this as that user";
}

std::unique_ptr<spool::lock> lock_to_change(const std::filesystem::path& path, std::string& problem) {
  problem = become_owner(path);
  if (!problem.empty()) return nullptr;
  auto made = spool::lock::acquire(guarded_by(path), problem);
  if (made != nullptr) return made;
  const auto holder = spool::lock::holder(guarded_by(path));
  problem = holder.empty() ? problem + "; run this as root, or as the user of the gateway"
                           : path.string() + " is in use by " + holder +
                                 "; stop it first, such as with 'systemctl stop tidegate'";
  return nullptr;
}

}  // namespace tidegate::cli
