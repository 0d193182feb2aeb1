// A plugin that is as it should be, and uses everything that a host offers.
#include <string>
#include <utility>
#include <vector>

#include "tidegate/plugin.hpp"

// Sends what its options are, and counts its polls over restarts.
class probe {
 public:
  static constexpr tidegate::component info{
      "probe", "Shows what the host offers.",
      R"({"properties": {"greeting": {"type": "string", "default": "hello"}}})"};

  probe(tidegate::source_host host, const tidegate::options& options)
      : host_{host},
        greeting_{options["greeting"].string()},
        polls_{host.counter("polls_total", "Calls of poll.")} {
    if (greeting_ == "refuse") throw tidegate::configuration_error("greeting", "is not polite");
  }
  void start() {
    if (greeting_ == "later") throw tidegate::temporary("the device is asleep");
    host_.info("started as " + std::string{host_.instance_name()});
  }
  void poll() {
    if (greeting_ == "broken") throw tidegate::permanent("the device is broken");
    polls_.add();
    auto count = host_.load_state("count") + "I";
    host_.store_state("count", count);
    builder_.sample(builder_.series("probe"), host_.now_utc())
        .field("greeting", greeting_)
        .field("count", count);
    host_.submit(builder_);
  }
  void request_stop() noexcept { host_.info("asked to stop"); }
  void stop() { host_.info("stopped"); }

 private:
  tidegate::source_host host_;
  std::string greeting_;
  tidegate::metric polls_;
  tidegate::batch_builder builder_;
};

// Lets batches pass that have one sample, and swallows others.
class probe_pass {
 public:
  static constexpr tidegate::component info{"probe-pass", "Lets single samples pass."};
  probe_pass(tidegate::processor_host host, const tidegate::options&) : host_{host} {}
  bool process(tidegate::batch_view batch) { return batch.size() == 1; }
  void tick() { host_.set_timer(std::chrono::seconds{3}); }

 private:
  tidegate::processor_host host_;
};

// Takes everything, says so when it is ticked.
class probe_sink {
 public:
  static constexpr tidegate::component info{"probe-sink", "Takes everything."};
  static constexpr std::uint32_t window = 3;
  probe_sink(tidegate::sink_host host, const tidegate::options&) : host_{host} {}
  void write(tidegate::delivery batch) {
    waiting_.push_back(std::move(batch));
    host_.set_timer(std::chrono::seconds{2});
  }
  void tick() {
    for (auto& each : waiting_) each.delivered();
    waiting_.clear();
  }

 private:
  tidegate::sink_host host_;
  std::vector<tidegate::delivery> waiting_;
};

TIDEGATE_PLUGIN("probe-parts", "1.2.3", tidegate::source<probe>, tidegate::processor<probe_pass>,
                tidegate::sink<probe_sink>)
