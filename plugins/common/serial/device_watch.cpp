#include "serial/device_watch.hpp"

#include <sys/inotify.h>

#include <filesystem>

namespace tidegate::serial {

device_watch::device_watch(const std::string& path)
    : folder_{std::filesystem::path{path}.parent_path()}, file_{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)} {
  if (folder_.empty()) folder_ = ".";
}

void device_watch::arm() noexcept {
  if (!file_.is_open()) return;
  if (watch_ >= 0) ::inotify_rm_watch(file_.get(), watch_);
  constexpr std::uint32_t events =
      IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
  std::string folder = folder_;
  for (;;) {
    watch_ = ::inotify_add_watch(file_.get(), folder.c_str(), events);
    if (watch_ >= 0 || folder == "/" || folder == ".") break;
    const auto slash = folder.rfind('/');
    folder = slash == folder.npos ? "." : slash == 0 ? "/" : folder.substr(0, slash);
  }
  alignas(inotify_event) char forgotten[4096];
  while (::read(file_.get(), forgotten, sizeof forgotten) > 0) {
  }
}

}  // namespace tidegate::serial
