// Throws what is no error of the SDK from its constructor.
#include <stdexcept>

#include "tidegate/plugin.hpp"

class throw_in_create {
 public:
  static constexpr tidegate::component info{"throw-in-create",
                                            "Throws what is no error of the SDK from its constructor."};
  throw_in_create(tidegate::source_host, const tidegate::options&) {
    throw std::runtime_error{"no, says create"};
  }
  void poll() {}
};
TIDEGATE_PLUGIN("throw-in-create", "1.0.0", tidegate::source<throw_in_create>)
