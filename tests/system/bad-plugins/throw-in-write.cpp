// Throws from every write.
#include <stdexcept>

#include "tidegate/plugin.hpp"

class throw_in_write {
 public:
  static constexpr tidegate::component info{"throw-in-write", "Throws from every write."};
  throw_in_write(tidegate::sink_host, const tidegate::options&) {}
  void write(tidegate::delivery) { throw std::runtime_error{"no, says write"}; }
};
TIDEGATE_PLUGIN("throw-in-write", "1.0.0", tidegate::sink<throw_in_write>)
