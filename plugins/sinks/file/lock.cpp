#include "lock.hpp"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace tidegate::file_sink {
namespace {

// /proc/locks has "1: FLOCK  ADVISORY  WRITE 4711 fe:00:1234 0 EOF"; 0 if nobody is found.
long lock_owner(int file) {
  struct stat found {};
  if (::fstat(file, &found) != 0) return 0;
  char wanted[64];
  std::snprintf(wanted, sizeof wanted, "%02x:%02x:%llu", major(found.st_dev), minor(found.st_dev),
                static_cast<unsigned long long>(found.st_ino));
  std::ifstream locks{"/proc/locks"};
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words{line};
    std::string number, type, strength, access, place;
    long owner = 0;
    if (words >> number >> type >> strength >> access >> owner >> place && type == "FLOCK" && place == wanted)
      return owner;
  }
  return 0;
}

}  // namespace

lock_result try_lock(int file) {
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return lock_result::taken;
  return errno == EWOULDBLOCK ? lock_result::held_by_another : lock_result::not_supported;
}

std::string holder_of_lock(int file) {
  const auto owner = lock_owner(file);
  if (owner == ::getpid()) return "another sink of this program";
  if (owner <= 0) return "another process";
  std::ifstream file_of_name{"/proc/" + std::to_string(owner) + "/comm"};
  std::string name;
  std::getline(file_of_name, name);
  return "process " + std::to_string(owner) + (name.empty() ? "" : " ('" + name + "')");
}

}  // namespace tidegate::file_sink
