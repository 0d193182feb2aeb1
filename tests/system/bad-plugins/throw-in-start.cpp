// Throws from start.
#include <stdexcept>

#include "tidegate/plugin.hpp"

class throw_in_start {
 public:
  static constexpr tidegate::component info{"throw-in-start", "Throws from start."};
  throw_in_start(tidegate::source_host, const tidegate::options&) {}
  void start() { throw std::runtime_error{"no, says start"}; }
  void poll() {}
};
TIDEGATE_PLUGIN("throw-in-start", "1.0.0", tidegate::source<throw_in_start>)
