// Never comes back from its first poll, whoever asks.
#include <unistd.h>

#include "tidegate/plugin.hpp"

class never_return_from_poll {
 public:
  static constexpr tidegate::component info{"never-return-from-poll",
                                            "Never comes back from its first poll, whoever asks."};
  never_return_from_poll(tidegate::source_host, const tidegate::options&) {}
  void poll() {
    for (;;) ::pause();
  }
};
TIDEGATE_PLUGIN("never-return-from-poll", "1.0.0", tidegate::source<never_return_from_poll>)
