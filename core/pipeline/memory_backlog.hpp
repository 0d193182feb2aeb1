// A backlog in memory: a bounded queue that is pushed to from any thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <vector>

#include "observe/clock.hpp"
#include "pipeline/backlog.hpp"
#include "pipeline/inlet.hpp"
#include "pipeline/queue.hpp"

namespace tidegate::pipeline {

class memory_backlog final : public backlog, public inlet {
 public:
  // The clock outlives the backlog. `more` is called on the pushing thread when something has come.
  memory_backlog(const config::buffer& limits, const observe::clock& clock, std::function<void()> more)
      : clock_{clock}, more_{std::move(more)}, queue_{limits} {}

  // [any thread]
  void set_limits(const config::buffer& limits);
  // Nobody will take anything any more: what is pushed is forgotten, and nobody waits for room.
  void close();

  bool push(const batch_ref& batch, const receipt& claim, const std::stop_token& giving_up) override;
  std::uint64_t credit() const override;

  void fetch(const config::batch_limits&, lane = lane::main) override {}
  std::int64_t ready_at(const config::batch_limits& wanted, lane from = lane::main) const override;
  void take(const config::batch_limits& wanted, std::vector<part>& parts, lane from = lane::main) override;
  // Moves the oldest part, as it arrived, to `parts`; none if nothing waits, or all of it was too old.
  void take_one(std::vector<part>& parts);
  bool has_more(lane from = lane::main) const override;
  void split() override;
  bool join() override;
  void put_back(std::vector<part>& parts) override;
  void deliver(std::vector<part>& parts) override;
  void discard(std::vector<part>& parts, discard_reason why) override;
  tidegate::ledger ledger() const override;
  bool is_kept() const noexcept override { return false; }

 private:
  template <class Change>
  void change(Change what);

  const observe::clock& clock_;
  const std::function<void()> more_;
  mutable std::mutex mutex_;  // the queue
  std::condition_variable_any room_;
  queue queue_;
  bool is_closed_ = false;
};

}  // namespace tidegate::pipeline
