#include "pipeline/rehearsed_sink.hpp"

#include <utility>

#include "pipeline/rejected_samples.hpp"
#include "pipeline/selection.hpp"

namespace tidegate::pipeline {

// A queue that cannot wait: whoever pushes is the one who would make room.
class rehearsed_sink::route final : public inlet {
 public:
  route(rehearsed_sink& of, std::string pipeline, const config::buffer& limits)
      : waiting{limits, of.clock_, [&of] { of.deliver(); }}, sink_{of}, pipeline_{std::move(pipeline)} {}

  bool push(const batch_ref& batch, const receipt&, const std::stop_token&) override {
    if (waiting.offer(batch)) return true;
    sink_.told_("sink " + sink_.name_, "the buffer of pipeline " + pipeline_ +
                                           " is full: its sources would wait; here the samples are lost");
    return false;
  }

  memory_backlog waiting;

 private:
  rehearsed_sink& sink_;
  const std::string pipeline_;
};

rehearsed_sink::rehearsed_sink(std::string name, const observe::clock& clock, trouble told, delivered seen)
    : name_{std::move(name)}, clock_{clock}, told_{std::move(told)}, seen_{std::move(seen)} {}

rehearsed_sink::~rehearsed_sink() = default;

inlet& rehearsed_sink::add_route(std::string pipeline, const config::buffer& limits) {
  return routes_.emplace_back(*this, std::move(pipeline), limits);
}

void rehearsed_sink::come_back() {
  is_away_ = false;
  deliver();
}

void rehearsed_sink::refuse(std::vector<config::condition> one_of, std::string because) {
  refuses_ = true;
  refused_ = std::move(one_of);
  because_ = std::move(because);
}

void rehearsed_sink::deliver() {
  if (is_away_) return;
  std::vector<part> parts;
  for (auto& each : routes_)
    while (each.waiting.has_more()) {
      each.waiting.take_one(parts);
      for (const auto& taken : parts) deliver(taken);
      each.waiting.deliver(parts);
    }
}

void rehearsed_sink::deliver(const part& taken) {
  const auto batch = taken.batch.view();
  selection chosen{refused_, batch};
  std::vector<std::uint32_t> refused;
  for (auto index = taken.first; index < taken.first + taken.count; ++index) {
    if (refuses_ && (refused_.empty() || chosen.takes(batch[index])))
      refused.push_back(index);
    else
      seen_(taken.batch, index);
  }
  if (refused.empty()) return;
  if (const auto copy = rejected_samples(batch, refused, name_, because_)) branches_.push(copy, {}, {});
}

}  // namespace tidegate::pipeline
