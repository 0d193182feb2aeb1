// Answers every delivery twice: delivered, then retry.
#include "tidegate/plugin.hpp"

class complete_twice {
 public:
  static constexpr tidegate::component info{"complete-twice",
                                            "Answers every delivery twice: delivered, then retry."};
  complete_twice(tidegate::sink_host host, const tidegate::options&) : host_{host} {}
  void write(tidegate::delivery batch) {
    tidegate::delivery again{host_.raw(), batch.raw()};
    batch.delivered();
    again.retry("answered once more");
  }

 private:
  tidegate::sink_host host_;
};
TIDEGATE_PLUGIN("complete-twice", "1.0.0", tidegate::sink<complete_twice>)
