// Asks for a tick and throws from it.
#include <stdexcept>

#include "tidegate/plugin.hpp"

class throw_in_tick {
 public:
  static constexpr tidegate::component info{"throw-in-tick", "Asks for a tick and throws from it."};
  throw_in_tick(tidegate::sink_host host, const tidegate::options&) : host_{host} {}
  void start() { host_.set_timer(std::chrono::milliseconds{10}); }
  void write(tidegate::delivery batch) { batch.delivered(); }
  void tick() {
    host_.set_timer(std::chrono::milliseconds{10});
    throw std::runtime_error{"no, says tick"};
  }

 private:
  tidegate::sink_host host_;
};
TIDEGATE_PLUGIN("throw-in-tick", "1.0.0", tidegate::sink<throw_in_tick>)
