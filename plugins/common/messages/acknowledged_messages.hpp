// Messages that the broker has acknowledged although the delivery that they were a part of has to be offered
// again: they are counted as delivered then, and not sent twice.
//
// Counted, not only known: of three equal messages of which one was acknowledged, two are sent. Bounded: what
// does not fit is sent again. One thread at a time.
#pragma once

#include <cstddef>
#include <unordered_map>

#include "messages/message_digest.hpp"

namespace tidegate::messages {

class acknowledged_messages {
 public:
  static constexpr std::size_t count_max = 100'000;

  void remember(const message_digest& message) {
    if (counts_.size() < count_max) ++counts_[message];
  }
  // Whether one of them was remembered, which is then forgotten.
  bool take(const message_digest& message) {
    const auto found = counts_.find(message);
    if (found == counts_.end()) return false;
    if (--found->second == 0) counts_.erase(found);
    return true;
  }
  bool empty() const { return counts_.empty(); }
  void clear() { counts_.clear(); }

 private:
  std::unordered_map<message_digest, unsigned, digest_hash> counts_;
};

}  // namespace tidegate::messages
