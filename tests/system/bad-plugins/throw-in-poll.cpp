// Throws from every poll.
#include <stdexcept>

#include "tidegate/plugin.hpp"

class throw_in_poll {
 public:
  static constexpr tidegate::component info{"throw-in-poll", "Throws from every poll."};
  throw_in_poll(tidegate::source_host, const tidegate::options&) {}
  void poll() { throw std::runtime_error{"no, says poll"}; }
};
TIDEGATE_PLUGIN("throw-in-poll", "1.0.0", tidegate::source<throw_in_poll>)
