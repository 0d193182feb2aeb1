// Throws what is no exception class.
#include <stdexcept>

#include "tidegate/plugin.hpp"

class throw_unknown_in_poll {
 public:
  static constexpr tidegate::component info{"throw-unknown-in-poll", "Throws what is no exception class."};
  throw_unknown_in_poll(tidegate::source_host, const tidegate::options&) {}
  void poll() { throw 42; }
};
TIDEGATE_PLUGIN("throw-unknown-in-poll", "1.0.0", tidegate::source<throw_unknown_in_poll>)
