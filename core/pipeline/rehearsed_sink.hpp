// A sink in a rehearsal: it keeps what it is given, is away when it is told to be, and refuses what it is
// told to refuse. What waits for it meanwhile waits in the queue, and under the limits, that a gateway has in
// memory.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "config/condition.hpp"
#include "config/gateway.hpp"
#include "observe/clock.hpp"
#include "pipeline/inlet.hpp"
#include "pipeline/memory_backlog.hpp"

namespace tidegate::pipeline {

// One thread at a time.
class rehearsed_sink {
 public:
  using delivered = std::function<void(const batch_ref& batch, std::uint32_t index)>;
  using trouble = std::function<void(const std::string& who, const std::string& text)>;

  rehearsed_sink(std::string name, const observe::clock& clock, trouble told, delivered seen);
  ~rehearsed_sink();
  rehearsed_sink(const rehearsed_sink&) = delete;
  rehearsed_sink& operator=(const rehearsed_sink&) = delete;

  // While it is wired: from a pipeline, which waits under these limits; and where what it refuses goes.
  inlet& add_route(std::string pipeline, const config::buffer& limits);
  void add_branch(inlet& to) { branches_.add(to); }

  void go_away() { is_away_ = true; }
  void come_back();
  // From now on it refuses what one of the conditions fits, or everything if there is none.
  void refuse(std::vector<config::condition> one_of, std::string because);

 private:
  class route;
  void deliver();
  void deliver(const part& taken);

  const std::string name_;
  const observe::clock& clock_;
  trouble told_;
  delivered seen_;
  bool is_away_ = false;
  bool refuses_ = false;
  std::vector<config::condition> refused_;
  std::string because_;
  std::deque<route> routes_;
  fan_out branches_;
};

}  // namespace tidegate::pipeline
