// Takes deliveries and answers them while it is destroyed, after stop.
#include <vector>

#include "tidegate/plugin.hpp"

class complete_after_stop {
 public:
  static constexpr tidegate::component info{
      "complete-after-stop", "Takes deliveries and answers them while it is destroyed, after stop."};
  complete_after_stop(tidegate::sink_host host, const tidegate::options&) : host_{host} {}
  ~complete_after_stop() {
    for (const auto token : tokens_) answer(token);
  }
  static constexpr std::uint32_t window = 4;
  void write(tidegate::delivery batch) { tokens_.push_back(batch.release()); }

 private:
  void answer(std::uint64_t token) {
    tidegate_outcome outcome{};
    outcome.size = sizeof outcome;
    outcome.kind = TIDEGATE_DELIVERED;
    host_.raw()->complete(host_.raw(), token, &outcome);
  }
  tidegate::sink_host host_;
  std::vector<std::uint64_t> tokens_;
};
TIDEGATE_PLUGIN("complete-after-stop", "1.0.0", tidegate::sink<complete_after_stop>)
