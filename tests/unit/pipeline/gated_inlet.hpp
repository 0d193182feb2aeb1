// A pipeline that is full until the test makes room.
#pragma once

#include <condition_variable>

#include "fixture.hpp"

namespace tidegate::pipeline {

// push() waits until there is room for one more, as a queue with `when_full: block` does.
struct gated_inlet final : inlet {
  bool push(const batch_ref& batch, const receipt& claim, const std::stop_token& giving_up) override {
    std::unique_lock lock{mutex};
    ++waiting;
    const bool has_room = changed.wait(lock, giving_up, [&] { return room > 0; });
    --waiting;
    if (!has_room) return false;
    --room;
    batches.push_back(batch);
    claims.push_back(claim);
    return true;
  }
  void open(int for_so_many = 1'000'000) {
    const std::lock_guard lock{mutex};
    room += for_so_many;
    changed.notify_all();
  }
  bool is_waited_for() {
    const std::lock_guard lock{mutex};
    return waiting > 0;
  }
  std::size_t count() {
    const std::lock_guard lock{mutex};
    return batches.size();
  }
  void let_go() {
    std::vector<receipt> gone;
    const std::lock_guard lock{mutex};
    gone.swap(claims);
  }
  // The numbers of samples of series "s"; of gaps, how many samples they tell of, as negative numbers.
  std::vector<std::int64_t> seen() {
    const std::lock_guard lock{mutex};
    std::vector<std::int64_t> all;
    for (const auto& batch : batches)
      for (const auto sample : batch.view())
        all.push_back(sample.name() == "s" ? static_cast<std::int64_t>(sample.value(0).as_u64())
                                           : -static_cast<std::int64_t>(sample.find("samples")->as_u64()));
    return all;
  }

  std::mutex mutex;
  std::condition_variable_any changed;
  int room = 0;
  int waiting = 0;
  std::vector<batch_ref> batches;
  std::vector<receipt> claims;
};

}  // namespace tidegate::pipeline
