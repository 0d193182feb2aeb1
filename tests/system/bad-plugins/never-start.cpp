#include "tidegate/plugin.hpp"

class never_start {
 public:
  static constexpr tidegate::component info{.name = "never-start",
                                            .summary = "Says at its start that it never will."};
  never_start(tidegate::sink_host, const tidegate::options&) {}
  void start() { throw tidegate::permanent("it never will"); }
  void write(tidegate::delivery batch) { batch.delivered(); }
};

TIDEGATE_PLUGIN("never-start", "1.0.0", tidegate::sink<never_start>)
