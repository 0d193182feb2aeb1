// A C++ plugin that was linked without the version script: with hidden visibility alone the standard
// library's templates leak out.
#include <stdexcept>
#include <string>

#include "tidegate/plugin.hpp"

struct leaky {
  static constexpr tidegate::component info{"bad", "Is not what it should be."};
  leaky(tidegate::source_host, const tidegate::options& options) {
    if (options.size() > 5) throw tidegate::configuration_error("x", std::to_string(options.size()));
  }
};
TIDEGATE_PLUGIN("bad", "1.0.0", tidegate::source<leaky>)
