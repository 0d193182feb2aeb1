// The state of an instance, in the words of the whole project, and the log lines that tell of it.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "observe/clock.hpp"
#include "observe/log.hpp"

namespace tidegate::pipeline {

enum class state {
  starting,     // create has succeeded, start has not yet
  running,      // as it should be
  degraded,     // working, but the last call failed or a call is late
  backing_off,  // waiting before the next try
  failed,       // will not be called again until it is reloaded
  quarantined,  // broke its contract too often; as failed
  stopped,
};
std::string_view to_string(state of);

// Any thread. A line is logged when the state or its reason changes, not each time it is reported.
class health {
 public:
  // How often in a row an instance may break its contract before it is quarantined.
  static constexpr int bugs_max = 5;

  health(std::string who, observe::log& log, const observe::clock& clock);

  void starting();  // another instance under the same name
  void running();
  void degraded(std::string_view why);
  void backing_off(std::string_view why, std::int64_t delay);
  // As backing_off, of an instance that tries again by itself.
  void away(std::string_view why);
  void failed(std::string_view why);
  // A broken contract. True if it was one too many: the instance is quarantined now.
  bool bug(std::string_view why);
  void stopped();

  struct snapshot {
    pipeline::state state;
    std::string why;
    std::int64_t since;  // UTC
  };
  snapshot now() const;
  pipeline::state state() const { return now().state; }

 private:
  bool change(pipeline::state to, std::string_view why);  // whether it is news

  const std::string who_;
  observe::log& log_;
  const observe::clock& clock_;
  mutable std::mutex mutex_;
  pipeline::state state_ = state::starting;
  std::string why_;
  std::int64_t since_ = 0;
  int bugs_in_a_row_ = 0;
};

}  // namespace tidegate::pipeline
