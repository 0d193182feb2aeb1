// Throws from every process.
#include <stdexcept>

#include "tidegate/plugin.hpp"

class throw_in_process {
 public:
  static constexpr tidegate::component info{"throw-in-process", "Throws from every process."};
  throw_in_process(tidegate::processor_host, const tidegate::options&) {}
  bool process(tidegate::batch_view) { throw std::runtime_error{"no, says process"}; }
};
TIDEGATE_PLUGIN("throw-in-process", "1.0.0", tidegate::processor<throw_in_process>)
