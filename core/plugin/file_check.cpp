#include "plugin/file_check.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace tidegate::plugin {

namespace files = std::filesystem;

namespace {

std::string octal(mode_t mode) {
  char text[16];
  std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777));
  return text;
}

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

// Owner and mode, for the file and for its folder; `subject` is how the phrase begins.
std::string check_rights(const files::path& path, const struct stat& found, const file_rules& rules,
                         const std::string& subject) {
  if (found.st_uid != 0 && found.st_uid != rules.user)
    return subject + "belongs to user " + std::to_string(found.st_uid) + ", not to root" +
           (rules.user == 0 ? "" : " or user " + std::to_string(rules.user)) + "; run: chown root " +
           path.string();
  if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return subject + "may be written by others (mode " + octal(found.st_mode) + "); run: chmod go-w " +
           path.string();
  return {};
}

std::string check_real_file(const files::path& file, const file_rules& rules) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return std::string{"cannot be read: "} + std::strerror(errno);
  if (!S_ISREG(found.st_mode))
    return std::string{"is "} + kind_of(found.st_mode) +
           ", not a regular file; take it out of the plugin folder";
  if (auto wrong = check_rights(file, found, rules, ""); !wrong.empty()) return wrong;
  const auto folder = file.parent_path();
  if (::stat(folder.c_str(), &found) != 0) return std::string{"cannot be read: "} + std::strerror(errno);
  return check_rights(folder, found, rules, "lies in a folder that ");
}

}  // namespace

std::string check_file(const files::path& file, const file_rules& rules) {
  std::error_code failed;
  const auto real = files::canonical(file, failed);
  if (failed) {
    if (files::is_symlink(files::symlink_status(file, failed)))
      return "is a symbolic link that leads nowhere; remove it";
    return "cannot be read: " + failed.message();
  }
  if (std::find(rules.folders.begin(), rules.folders.end(), real.parent_path()) == rules.folders.end())
    return "is a symbolic link to " + real.string() +
           ", outside the plugin folders; copy the file there instead";
  return check_real_file(real, rules);
}

}  // namespace tidegate::plugin
