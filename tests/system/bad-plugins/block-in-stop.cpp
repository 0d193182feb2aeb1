// Never comes back from stop.
#include <unistd.h>

#include "tidegate/plugin.hpp"

class block_in_stop {
 public:
  static constexpr tidegate::component info{"block-in-stop", "Never comes back from stop."};
  block_in_stop(tidegate::source_host, const tidegate::options&) {}
  void poll() {}
  void stop() {
    for (;;) ::pause();
  }
};
TIDEGATE_PLUGIN("block-in-stop", "1.0.0", tidegate::source<block_in_stop>)
