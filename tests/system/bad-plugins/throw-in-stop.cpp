// Throws from stop.
#include <stdexcept>

#include "tidegate/plugin.hpp"

class throw_in_stop {
 public:
  static constexpr tidegate::component info{"throw-in-stop", "Throws from stop."};
  throw_in_stop(tidegate::source_host, const tidegate::options&) {}
  void poll() {}
  void stop() { throw std::runtime_error{"no, says stop"}; }
};
TIDEGATE_PLUGIN("throw-in-stop", "1.0.0", tidegate::source<throw_in_stop>)
