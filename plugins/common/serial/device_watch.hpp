// Tells when a device may have come back.
#pragma once

#include <string>

#include "serial/descriptor.hpp"

namespace tidegate::serial {

// Watches the folder of a path by inotify, or, while that is not there, the nearest one above it: udev makes
// /dev/serial/by-id only when there is something in it. One thread at a time.
class device_watch {
 public:
  explicit device_watch(const std::string& path);

  // For poll(2); readable when something has changed. -1 if there is no inotify, and only time tells.
  int number() const noexcept { return file_.get(); }
  // Forgets what has changed and looks anew which folder is there. Call before the device is looked for, so
  // that nothing is missed in between.
  void arm() noexcept;

 private:
  std::string folder_;
  descriptor file_;
  int watch_ = -1;
};

}  // namespace tidegate::serial
