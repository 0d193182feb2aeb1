// Small and read-only disks for one test, in a process and a mount namespace of its own.
#pragma once

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

// In the preset `coverage`: what the child has taken counts as well.
extern "C" int __llvm_profile_write_file() __attribute__((weak));

namespace tidegate::spool {

enum class outcome_of_mounts { held, broken, not_here };

// Root, or what counts as root in a namespace of users.
inline bool may_mount() {
  const auto user = std::to_string(::geteuid());
  const auto group = std::to_string(::getegid());
  if (::unshare(CLONE_NEWNS) != 0) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    std::ofstream{"/proc/self/uid_map"} << "0 " + user + " 1";
    std::ofstream{"/proc/self/setgroups"} << "deny";
    std::ofstream{"/proc/self/gid_map"} << "0 " + group + " 1";
  }
  return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

template <class Work>
outcome_of_mounts in_private_mounts(Work work) {
  const auto child = ::fork();
  if (child == 0) {
    const auto outcome = may_mount() ? work() : outcome_of_mounts::not_here;
    if (__llvm_profile_write_file != nullptr) __llvm_profile_write_file();
    ::_exit(static_cast<int>(outcome));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? static_cast<outcome_of_mounts>(WEXITSTATUS(status)) : outcome_of_mounts::broken;
}

inline bool mount_small_disk(const std::filesystem::path& at) {
  return ::mount("none", at.c_str(), "tmpfs", 0, "size=256k") == 0;
}
inline bool make_read_only(const std::filesystem::path& at) {
  return ::mount(nullptr, at.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0;
}

}  // namespace tidegate::spool
