// Stands between a source that cannot wait and its pipelines, which may make it wait:
//
//   plugin's thread --push()--> ring --the relay's own thread--> pipelines
//
// A thread of its own, since the source's strand may be in a call that reads a device. What falls out of the
// ring is counted (metric samples_lost_total), summed up for each episode, which lasts from the first loss
// until the ring has run empty, and with `report_gaps` told to the pipelines as data, before what came
// after it: once a second at most while samples go on being lost.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "config/gateway.hpp"
#include "observe/metrics.hpp"
#include "pipeline/gap.hpp"
#include "pipeline/inlet.hpp"
#include "pipeline/ring.hpp"
#include "pipeline/tag_suffix.hpp"
#include "pipeline/worker.hpp"
#include "plugin/instance.hpp"

namespace tidegate::pipeline {

class relay {
 public:
  // All references outlive the relay. `news` is called on any thread when is_losing(), take_episode() or
  // is_done() have something new to say.
  relay(const config::instance& options, const std::string& who, const tag_suffix& tags, const fan_out& to,
        const plugin::environment& with, std::function<void()> news);

  void start();

  // [any thread] Never waits. False once it was told to end.
  bool push(batch_ref batch);
  // [any thread] How much it takes without losing anything.
  std::uint64_t credit() const;

  // Ends once the ring is empty: waits for the pipelines as long as nobody requests a stop.
  void request_drain();
  // Hands on what the pipelines take without waiting; the rest is lost, and counted.
  void request_stop();
  bool is_done() const noexcept { return is_done_; }
  void join();  // after one of these two

  bool is_losing() const;
  // What was lost in an episode that is over, once.
  std::optional<gap> take_episode();

 private:
  void run();
  bool hand_on_next();
  void end_episode();
  void report_gap();
  gap due_gap();
  void count(const gap& lost);

  const config::instance& options_;
  const tag_suffix& tags_;
  const fan_out& to_;
  const plugin::environment& environment_;
  const std::function<void()> news_;
  observe::metric* samples_lost_;  // null if the source has made too many of its own
  pipeline::worker worker_;
  std::atomic<bool> is_ending_{false};
  std::atomic<bool> is_done_{false};

  mutable std::mutex mutex_;  // all below
  ring ring_;
  gap episode_;     // that goes on, if it is not empty
  gap over_;        // episodes that nobody has taken yet
  gap unreported_;  // as data
  std::int64_t unreported_since_ = 0;
};

}  // namespace tidegate::pipeline
