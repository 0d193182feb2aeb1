// For replayable sources that have one position, such as an offset or a sequence number. Acknowledgements
// come in any order; where a restart may begin is the position before which all of them have come.
//
//   position_.give(offset);  host_.submit(samples_, offset);              // poll()
//   position_.acknowledge(mark);                                          // acknowledge(mark)
//   host_.store_state("offset", std::to_string(position_.now()));         // now and then, and in stop()
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>

namespace tidegate {

// One thread at a time. Needs memory for what was given since the oldest mark that is not acknowledged.
class safe_position {
 public:
  explicit safe_position(std::uint64_t begin = 0) noexcept : now_{begin} {}

  // Everything up to the mark is being submitted. Marks ascend.
  void give(std::uint64_t mark) { given_.push_back({mark, false}); }
  // True if now() has moved by it. A mark that was not given is ignored.
  bool acknowledge(std::uint64_t mark) noexcept {
    const auto found =
        std::lower_bound(given_.begin(), given_.end(), mark,
                         [](const given& each, std::uint64_t wanted) { return each.mark < wanted; });
    if (found == given_.end() || found->mark != mark) return false;
    found->is_safe = true;
    if (found != given_.begin()) return false;
    for (; !given_.empty() && given_.front().is_safe; given_.pop_front()) now_ = given_.front().mark;
    return true;
  }
  // Up to here everything is safe.
  std::uint64_t now() const noexcept { return now_; }
  bool is_all_safe() const noexcept { return given_.empty(); }

 private:
  struct given {
    std::uint64_t mark;
    bool is_safe;
  };
  std::deque<given> given_;
  std::uint64_t now_;
};

}  // namespace tidegate
